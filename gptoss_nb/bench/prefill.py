"""prefill: tokens of prompt a second, one sequence on an empty cache, on a model of a published shape with random weights."""

import torch

from ..errors import OptionError
from . import throughput
from .made import made


def run(like: str, layers: int | None, device: str, backend: str, tokens: int, rounds: int) -> dict:
    """Errors: OptionError."""
    if like == "both":
        raise OptionError("One model at a time.", "Give --like 20b, --like 120b or --like nano.")
    generator = made(like, layers, torch.device(device), tokens + 16, backend)
    result = throughput.prefill(generator, tokens, rounds)
    used = generator.model.ops.__name__.rpartition(".")[2]
    told = f"prefill: {tokens:,} tokens, {like} shape{f', {layers} layers' if layers else ''}, random weights, {device}, {used}"
    return {"like": like, "layers": layers, "operations": used, **result,
            "table": f"{told}\n{result['tokens_a_second']:,.0f} tok/s ({result['seconds']:.3f} s; the first time {result['first_seconds']:.3f} s)"}  # fmt: skip
