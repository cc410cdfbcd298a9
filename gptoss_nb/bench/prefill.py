"""prefill: tokens of prompt a second, one sequence on an empty cache, on a model of a published shape with random weights; on a CPU beside
the same weights in llama.cpp and transformers."""

import torch

from ..checkpoint.synthetic import shape_like
from ..errors import OptionError
from . import peers, throughput
from .made import made
from .steps import ours


def run(like: str, layers: int | None, device: str, backend: str, tokens: int, rounds: int, with_peers: bool) -> dict:
    """Errors: OptionError."""
    if like == "both":
        raise OptionError("One model at a time.", "Give --like 20b, --like 120b or --like nano.")
    where, rows = torch.device(device), []
    backends, left_out = ours(where, backend)
    for name, weights in backends:
        rows.append({"backend": name, **_ours(made(like, layers, where, tokens + 16, name), weights, tokens, rounds)})
        peers.free(where)
    if with_peers and where.type == "cpu":
        others, told = peers.measure(shape_like(like, layers), where, tokens + 16, lambda peer: [throughput.peer_prefill(peer, tokens, rounds)])
        rows, left_out = rows + others, left_out + told
    for row in rows:
        row["ratio"] = next((row["tokens_a_second"] / other["tokens_a_second"] for other in rows if other["who"] == peers.LlamaCpp.name), None)
    title = f"prefill: {tokens:,} tokens, {like} shape{f', {layers} layers' if layers else ''}, random weights, {device}"
    return {"like": like, "layers": layers, **rows[0], "prefill": rows, "left_out": left_out, "table": _table(title, rows, left_out)}


def _ours(generator, weights: str, tokens: int, rounds: int) -> dict:
    used = generator.model.ops.__name__.rpartition(".")[2]
    return {"who": f"gptoss-nb, {used}", "weights": weights, "operations": used, **throughput.prefill(generator, tokens, rounds)}


def _table(title: str, rows: list[dict], left_out: list[str]) -> str:
    lines = [title, f"{'':<26}{'weights':<18}{'tokens':>9}{'seconds':>9}{'first':>9}{'tok/s':>11}{'to llama.cpp':>14}"]
    for row in rows:
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
        lines.append(f"{row['who']:<26}{row['weights']:<18}{row['tokens']:>9,}{row['seconds']:>9.3f}{row['first_seconds']:>9.3f}"
                     f"{row['tokens_a_second']:>11,.1f}{ratio:>14}")  # fmt: skip
    return "\n".join(lines + left_out)
