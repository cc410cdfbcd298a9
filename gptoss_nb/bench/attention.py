"""attention: one head's pattern as 64 x 64 tiles at 8,192 and 131,072 tokens: time, and the greatest memory of the process.

The attention has gpt-oss-20b's shape (64 query and 8 key-value heads of 64); one window layer stands below the full one that is looked at, and
the residual stream and experts are small, as they are not what is measured. Each length runs in a process of its own. There is no
peer: the tools that we know hold the whole pattern, 69 GB of float32 for one head at 131,072 tokens.
"""

import json
import resource
import subprocess
import sys
import time

LENGTHS = (8192, 131_072)


def run(name: str, rounds: int) -> dict:
    """Seconds and megabytes by length; `table` is for reading. `name` has no say: the weights are made up."""
    found = []
    for length in LENGTHS:
        made = [json.loads(subprocess.run([sys.executable, "-m", __name__, str(length)], check=True, capture_output=True, text=True).stdout)
                for _ in range(max(1, min(rounds, 2)))]  # fmt: skip
        found.append({"tokens": length, **min(made, key=lambda one: one["seconds"])})
    rows = [f"{one['tokens']:>9,} tokens{one['seconds']:>8.1f} s{one['peak_mb']:>8,.0f} MB at most, {one['before_mb']:,.0f} MB of it before" for one in found]
    table = "\n".join(["attention: one head of a full layer of gpt-oss-20b's attention shape, 64 x 64 tiles, float32 on CPU", *rows])
    return {"lengths": found, "table": table}


def measure(n_tokens: int) -> dict:
    import torch

    from ..checkpoint.synthetic import synthetic
    from ..config import ModelConfig
    from ..engine.generator import Generator
    from ..inside import replay
    from ..kernels import reference
    from ..model.edits import Edits
    from ..model.transformer import Transformer

    config = ModelConfig(
        n_layers=2, hidden_size=256, vocab_size=512, n_heads=64, n_kv_heads=8, head_dim=64, n_experts=8, experts_per_token=4, expert_width=64,
        sliding_windows=(128, None), context=131_072, original_context=4096, rope_theta=150_000.0, rope_factor=32.0, rope_beta_fast=32.0,
        rope_beta_slow=1.0, swiglu_limit=7.0, norm_eps=1e-5, identity=None,
    )  # fmt: skip
    model = Transformer(config, synthetic(config), reference, n_tokens)
    generator = Generator(model, n_tokens, torch.float32, torch.device("cpu"))
    ids = torch.randint(config.vocab_size, (n_tokens,), generator=torch.Generator().manual_seed(0)).tolist()
    before, started = _peak_mb(), time.perf_counter()
    with torch.inference_mode():
        found = replay.attention(generator, ids, Edits(), layer=1, heads=[3], pool=64)
    assert found.pattern.shape == (1, 64, 64) and found.pattern.max() > 0
    return {"seconds": round(time.perf_counter() - started, 2), "peak_mb": _peak_mb(), "before_mb": before}


def _peak_mb() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(used / (1e6 if sys.platform == "darwin" else 1e3))


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
