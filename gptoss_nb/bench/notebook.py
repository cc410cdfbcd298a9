"""notebook: what a live cell costs, in JupyterLab in a real browser. A stub yields tokens by the clock; the peers are a page where
nothing happens, for its frames, and the same run without display, for its time.
"""

import re
import statistics
import tempfile
from pathlib import Path

from . import lab

TOKENS, RATE, IDLE = 4000, 300, 5  # tokens, tokens a second, seconds
FRAMES = """() => {
  window.frames_seen = [];
  const seen = (now) => { window.frames_seen.push(now); window.frames_wanted = requestAnimationFrame(seen); };
  window.frames_wanted = requestAnimationFrame(seen);
}"""


def run(name: str, rounds: int) -> dict:
    """Frames, seconds and bytes; `table` is for reading. `name` is not used: there is no model. Errors: OptionError."""
    shown = f"from gptoss_nb.bench import stub; stub.play({TOKENS}, {RATE}, shown=True)"
    with tempfile.TemporaryDirectory() as folder, lab.opened(Path(folder), {"installed": None}) as opened:
        page = opened.open(["from gptoss_nb.bench import stub", shown.replace("True", "False"), shown])
        page.run(0)
        found = [_round(page) for _ in range(rounds)]
        page.close()
    made = {key: statistics.median(one[key] for one in found) for key in found[0]}
    made["slower"] = made["seconds shown"] / made["seconds alone"] - 1
    return {"tokens": TOKENS, "tokens_per_second": RATE, "rounds": rounds, **made, "table": _table(made)}


def _round(page) -> dict:
    page.page.evaluate(FRAMES)
    page.page.wait_for_timeout(1000 * IDLE)
    idle = _frames(page)
    page.run(1)
    page.page.wait_for_timeout(500)
    alone, before = _seconds(page.output(1)), page.bytes
    page.page.evaluate(FRAMES)
    page.run(2, wait=False)
    page.page.wait_for_selector(".gn-token", state="attached")
    page.page.evaluate("() => { window.frames_seen.length = 0; }")
    page.page.wait_for_selector(".gn-live", state="detached")
    live = _frames(page)
    page.done(2)
    shown = _seconds(page.output(2))
    return {
        "frames a second": live[0], "99th percentile ms": live[1], "idle frames a second": idle[0], "idle 99th percentile ms": idle[1],
        "seconds shown": shown["seconds"], "seconds alone": alone["seconds"], "processor seconds shown": shown["processor"],
        "processor seconds alone": alone["processor"], "bytes a token": (page.bytes - before) / TOKENS,
    }  # fmt: skip


def _frames(page) -> tuple[float, float]:
    """(frames a second, the 99th percentile of the milliseconds between two) since FRAMES began."""
    seen = page.page.evaluate("() => { cancelAnimationFrame(window.frames_wanted); return window.frames_seen; }")
    gaps = sorted(b - a for a, b in zip(seen, seen[1:], strict=False))
    return 1000 * len(gaps) / sum(gaps), gaps[int(0.99 * len(gaps))]


def _seconds(printed: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"(\w+) ([\d.]+)", printed[printed.rindex("seconds ") :])}


def _table(made: dict) -> str:
    return "\n".join(
        [
            f"notebook: {TOKENS:,} tokens at {RATE} a second in JupyterLab in Chromium, 24 layers of routing drawn as they come",
            f"frames a second  {made['frames a second']:>6.1f}  idle page {made['idle frames a second']:.1f}",
            f"99th percentile  {made['99th percentile ms']:>6.1f} ms between two frames, idle page {made['idle 99th percentile ms']:.1f} ms",
            f"the cell         {made['seconds shown']:>6.2f} s, without display {made['seconds alone']:.2f} s: {made['slower']:+.1%}",
            f"of the kernel    {made['processor seconds shown']:>6.2f} s of a processor, without display {made['processor seconds alone']:.2f} s",
            f"traffic          {made['bytes a token']:>6.0f} bytes a token",
        ]
    )
