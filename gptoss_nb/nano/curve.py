"""The loss curve of a training run as an SVG: `python -m gptoss_nb.nano.curve WORK/curve.jsonl OUT.svg`. train writes the lines."""

import json
import math
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 240, 44, 26


def draw(lines: list[dict]) -> str:
    """Loss (logarithmic) and share of whole replies (0 to 1) over steps."""
    last = lines[-1]["step"]
    low, high = (math.log10(f(line["loss"] for line in lines)) for f in (min, max))

    def path(values: list[float], colour: str) -> str:
        points = (f"{LEFT + (WIDTH - LEFT) * line['step'] / last:.1f},{(HEIGHT - BOTTOM) * (1 - v):.1f}" for line, v in zip(lines, values))
        return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{" ".join(points)}"/>'

    def label(x: float, y: float, text: str, colour: str = "#6a737d", anchor: str = "start") -> str:
        return f'<text x="{x}" y="{y}" fill="{colour}" text-anchor="{anchor}" font-family="sans-serif" font-size="11">{text}</text>'

    loss = [(math.log10(line["loss"]) - low) / (high - low) for line in lines]
    parts = [
        path(loss, "#d95f02"),
        path([line["exact"] for line in lines], "#1f6fb4"),
        label(0, 12, f"{10**high:.2g}", "#d95f02"),
        label(0, HEIGHT - BOTTOM, f"{10**low:.2g}", "#d95f02"),
        label(LEFT + 120, 12, "loss (logarithmic)", "#d95f02"),
        label(WIDTH, 12, "100 %", "#1f6fb4", "end"),
        label(LEFT + 260, 12, "training replies with every token right", "#1f6fb4"),
        label(LEFT, HEIGHT - 8, "step 0"),
        label(WIDTH, HEIGHT - 8, f"step {last}", anchor="end"),
    ]
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>\n'


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(draw([json.loads(line) for line in source.read_text().splitlines()]), encoding="utf-8")
