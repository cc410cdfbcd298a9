"""Tokens a second of one sequence, in decode and in prefill, on a model of bench/made. Called by decode, prefill and gpu."""

import statistics
import time

import torch

from ..engine.events import Prefilled, Sampled
from ..engine.generator import Generator
from ..engine.sampler import Sampling
from ..model.edits import Edits
from .made import bytes_a_token

WARM = 16  # tokens before the clock starts: compiling, tuning, capturing


def decode(generator: Generator, context: int, n: int) -> dict:
    """`n` greedy tokens after `context` random ones. `recorded`: as a reply is made, every token's routing on the host; `without_reading_results`: the same
    steps with no result read (None where the operations have no step)."""
    prompt = _random_ids(generator, max(context, WARM))
    with torch.inference_mode():  # room for all that follows, so that one captured step serves it
        generator.cache.reserve(min(generator.context, len(prompt) + 2 * (WARM + n)))
    stamps, energy = [], []
    for event in _generated(generator, prompt, WARM + n):
        if isinstance(event, Sampled):
            stamps.append(time.perf_counter())
            if len(stamps) in (WARM, WARM + n):
                energy.append(joules(generator.device))
    recorded = (stamps[-1] - stamps[WARM - 1]) / n
    spent = None if None in energy else (energy[1] - energy[0]) / n
    alone = _alone(generator, n)
    seen = len(prompt) + WARM + n // 2
    return {
        "context": len(prompt), "tokens": n, "tokens_a_second": 1 / recorded, "milliseconds_a_token": 1000 * recorded,
        "without_reading_results": alone and 1 / alone, "bytes_a_token": bytes_a_token(generator, seen),
        "gigabytes_a_second": bytes_a_token(generator, seen) / recorded / 1e9, "joules_a_token": spent,
    }  # fmt: skip


@torch.inference_mode()
def _alone(generator: Generator, n: int) -> float | None:
    """Seconds a step, enqueued one after the other. What they write is past the conversation's end and does not count."""
    step = generator.step
    if step is None:
        return None
    assert step.matches(generator.cache) and generator.cache.length + n + WARM <= generator.cache.room
    step.start(step.logits.clone(), 0.0, 0, 1.0, 0, 0)
    for _ in range(WARM):
        step()
    wait(generator.device)
    started = time.perf_counter()
    for _ in range(n):
        step()
    wait(generator.device)
    return (time.perf_counter() - started) / n


def prefill(generator: Generator, n: int, rounds: int = 3) -> dict:
    """Seconds for a prompt of `n` random tokens on an empty cache, the first round not counted."""
    seconds = []
    for number in range(rounds + 1):
        generator.forget()
        wait(generator.device)
        started = time.perf_counter()
        assert isinstance(next(_generated(generator, _random_ids(generator, n, number), 1)), Prefilled)
        wait(generator.device)
        seconds.append(time.perf_counter() - started)
    generator.forget()
    middle = statistics.median(seconds[1:])
    return {"tokens": n, "seconds": middle, "tokens_a_second": n / middle, "first_seconds": seconds[0]}


def joules(device: torch.device) -> float | None:
    """What the GPU has used since its driver was loaded; None where NVML does not tell: no GPU of NVIDIA's, one too old, or no nvidia-ml-py."""
    if device.type != "cuda" or torch.version.hip is not None:
        return None
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        uuid = f"GPU-{torch.cuda.get_device_properties(device).uuid}"
        return pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByUUID(uuid)) / 1000
    except pynvml.NVMLError:
        return None


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@torch.inference_mode()
def _generated(generator: Generator, prompt: list[int], n: int):
    yield from generator.generate(prompt, Sampling(max_tokens=n, temperature=0.0), frozenset(), Edits(), lambda: False)


def _random_ids(generator: Generator, n: int, seed: int = 0) -> list[int]:
    return torch.randint(generator.config.vocab_size, (n,), generator=torch.Generator().manual_seed(seed)).tolist()
