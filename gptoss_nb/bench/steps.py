"""steps: decode of one sequence after contexts of several lengths, every token's routing recorded, on a model of a published shape with
random weights; bytes that a token has to read against what a copy reaches on the same device in the same run."""

import torch

from ..errors import OptionError
from . import roof, throughput
from .made import made


def run(like: str, layers: int | None, device: str, backend: str, contexts: str, tokens: int) -> dict:
    """`contexts` such as "0,8192,65536". Errors: OptionError."""
    if like == "both":
        raise OptionError("One model at a time.", "Give --like 20b, --like 120b or --like nano.")
    try:
        lengths = [int(n) for n in contexts.split(",")]
    except ValueError:
        raise OptionError(f"--contexts {contexts!r} is not a list of numbers.", "Give lengths in tokens, such as 0,8192.") from None
    where = torch.device(device)
    generator = made(like, layers, where, max(lengths) + 2 * tokens + 64, backend)
    copied = roof.roof(where)["copy_bytes_a_second"] / 1e9
    rows = []
    for length in lengths:
        generator.forget()
        rows.append(throughput.decode(generator, length, tokens))
    used = generator.model.ops.__name__.rpartition(".")[2]
    return {"like": like, "layers": layers, "operations": used, "copy_gigabytes_a_second": copied, "decode": rows,
            "table": _table(like, layers, device, used, copied, rows)}  # fmt: skip


def _table(like, layers, device, used, copied, rows) -> str:
    lines = [f"decode: {like} shape{f', {layers} layers' if layers else ''}, random weights, {device}, {used}; a copy reaches {copied:,.0f} GB/s"]
    lines.append(f"{'context':>10}{'tok/s':>10}{'ms':>10}{'GB/s':>9}{'of a copy':>11}{'J a token':>11}{'results unread':>17}")
    for row in rows:
        alone, spent = row["without_reading_results"], row["joules_a_token"]
        lines.append(
            f"{row['context']:>10,}{row['tokens_a_second']:>10,.1f}{row['milliseconds_a_token']:>10,.2f}{row['gigabytes_a_second']:>9,.1f}"
            f"{row['gigabytes_a_second'] / copied:>11.0%}{'-' if spent is None else f'{spent:.3f}':>11}{f'{alone:,.1f} tok/s' if alone else 'no steps':>17}"
        )
    return "\n".join(lines)
