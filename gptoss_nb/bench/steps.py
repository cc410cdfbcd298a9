"""steps: decode of one sequence after contexts of several lengths, every token's routing recorded, on a model of a published shape with
random weights, beside the same weights in llama.cpp and transformers; bytes that a token has to read against what the device reaches in
the same run: in a copy on a GPU, in reading on a CPU."""

import torch

from ..checkpoint.synthetic import shape_like
from ..errors import OptionError
from ..kernels import cpu_ops
from . import peers, roof, throughput
from .made import made

# backends of `made` that a CPU is measured with where none was asked for, and how they keep the weights
OURS = (("auto", "MXFP4 + bfloat16"), ("cpu-int8", "MXFP4 + 8 bits"))
GB = 1e9


def run(like: str, layers: int | None, device: str, backend: str, contexts: str, tokens: int, with_peers: bool) -> dict:
    """`contexts` such as "0,8192,65536". Errors: OptionError."""
    if like == "both":
        raise OptionError("One model at a time.", "Give --like 20b, --like 120b or --like nano.")
    try:
        lengths = [int(n) for n in contexts.split(",")]
    except ValueError:
        raise OptionError(f"--contexts {contexts!r} is not a list of numbers.", "Give lengths in tokens, such as 0,8192.") from None
    where, rows, context = torch.device(device), [], max(lengths) + 2 * tokens + 64
    backends, missing = ours(where, backend)
    for name, weights in backends:
        rows += [{"backend": name, **row} for row in _ours(made(like, layers, where, context, name), weights, lengths, tokens)]
        peers.free(where)
    how, reached = _reached(where)
    others, left_out = [], missing
    if with_peers:
        ask = lambda peer: [throughput.peer_decode(peer, length, tokens) for length in lengths]  # noqa: E731
        others, told = peers.measure(shape_like(like, layers), where, context, ask)
        left_out = missing + told
    title = f"{like} shape{f', {layers} layers' if layers else ''}, random weights, {device}"
    return {"like": like, "layers": layers, "operations": rows[0]["operations"], f"{how}_gigabytes_a_second": reached / GB,
            "decode": rows + others, "left_out": left_out, "table": _table(title, how, reached, rows + others, left_out)}  # fmt: skip


def ours(device: torch.device, backend: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The backends to measure, each with how it keeps the weights; and a line for one that cannot run."""
    if device.type != "cpu" or backend != "auto":
        return [(backend, dict(OURS).get(backend, OURS[0][1]))], []
    if not cpu_ops.available():
        return [OURS[0]], ["gptoss-nb in 8 bits is left out: its C++ code was not built when the package was installed"]
    return list(OURS), []


def _ours(generator, weights: str, lengths: list[int], tokens: int) -> list[dict]:
    rows, used = [], generator.model.ops.__name__.rpartition(".")[2]
    for length in lengths:
        generator.forget()
        rows.append({"who": f"gptoss-nb, {used}", "weights": weights, "operations": used, **throughput.decode(generator, length, tokens)})
    return rows


def _reached(device: torch.device) -> tuple[str, float]:
    return ("read", roof.read(device)) if device.type == "cpu" else ("copy", roof.roof(device)["copy_bytes_a_second"])


def _table(title: str, how: str, reached: float, rows: list[dict], left_out: list[str]) -> str:
    what, whose = ("reading 2 GB of memory", "of memory") if how == "read" else ("a copy", "of a copy")
    lines = [f"decode: {title}; {what} reaches {reached / GB:,.1f} GB/s"]
    spent, alone = (any(row.get(key) for row in rows) for key in ("joules_a_token", "without_reading_results"))
    lines.append(f"{'':<26}{'weights':<18}{'context':>9}{'ms a token':>12}{'tok/s':>9}{'GB a token':>12}{'GB/s':>9}{whose:>11}"
                 + "J a token".rjust(11) * spent + "results unread".rjust(19) * alone)  # fmt: skip
    for row in rows:
        lines.append(
            f"{row['who']:<26}{row['weights']:<18}{row['context']:>9,}{row['milliseconds_a_token']:>12,.2f}{row['tokens_a_second']:>9,.1f}"
            f"{row['bytes_a_token'] / GB:>12.3f}{row['gigabytes_a_second']:>9,.1f}{row['gigabytes_a_second'] * GB / reached:>11.0%}"
            + _or_dash(row.get("joules_a_token"), ".3f").rjust(11) * spent
            + _or_dash(row.get("without_reading_results"), ",.1f", " tok/s").rjust(19) * alone
        )
    return "\n".join(lines + left_out)


def _or_dash(value: float | None, form: str, unit: str = "") -> str:
    return "-" if value is None else format(value, form) + unit
