"""Tokens a second of one sequence, in decode and in prefill: of a model of bench/made, and in the same way of a peer. Called by steps, prefill
and gpu."""

import statistics
import time

import torch

from ..engine.events import Prefilled, Sampled
from ..engine.generator import Generator
from ..engine.sampler import Sampling
from ..model.edits import Edits
from . import peers
from .made import bytes_a_token

WARM = 16  # tokens before the clock starts: compiling, tuning, capturing


def decode(generator: Generator, context: int, n: int) -> dict:
    """`n` greedy tokens after `context` random ones. `recorded`: as a reply is made, every token's routing on the host; `without_reading_results`: the same
    steps with no result read (None where the operations have no step)."""
    prompt = random_ids(generator.config.vocab_size, max(context, WARM))
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
    read = _read(generator, len(prompt) + WARM + n // 2)
    return {
        "context": len(prompt), "tokens": n, "tokens_a_second": 1 / recorded, "milliseconds_a_token": 1000 * recorded,
        "without_reading_results": alone and 1 / alone, "bytes_a_token": read, "gigabytes_a_second": read / recorded / 1e9, "joules_a_token": spent,
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


def _read(generator: Generator, context: int) -> int:
    """What a step has to read: made.bytes_a_token, with the matrices in 8 bits where the operations have them so."""
    ops, w = generator.model.ops, generator.model.weights
    read = bytes_a_token(generator, context)
    if not getattr(ops, "EIGHT_BITS", False):
        return read
    matrices = [w.unembedding, *(matrix for layer in w.layers for matrix in (layer.qkv, layer.out))]
    return read - sum(matrix.nbytes - ops.nbytes(matrix.numel()) for matrix in matrices)


def peer_decode(peer, context: int, n: int) -> dict:
    """As `decode`, of an object of one of the classes of peers: greedy, by the logits that it says."""
    prompt, stamps = random_ids(peer.config.vocab_size, max(context, WARM)), []
    peer.forget()
    token = int(peer.run(prompt).argmax())
    for _ in range(WARM + n):
        token = int(peer.run([token]).argmax())
        stamps.append(time.perf_counter())
    seconds = (stamps[-1] - stamps[WARM - 1]) / n
    read = peers.bytes_a_token(peer, len(prompt) + WARM + n // 2)
    return {"context": len(prompt), "tokens": n, "tokens_a_second": 1 / seconds, "milliseconds_a_token": 1000 * seconds,
            "bytes_a_token": read, "gigabytes_a_second": read / seconds / 1e9}  # fmt: skip


def prefill(generator: Generator, n: int, rounds: int = 3) -> dict:
    """Seconds for a prompt of `n` random tokens on an empty cache, the first round not counted."""

    def forget() -> None:
        generator.forget()
        wait(generator.device)

    def run(prompt: list[int]) -> None:
        assert isinstance(next(_generated(generator, prompt, 1)), Prefilled)
        wait(generator.device)

    found = _prompts(forget, run, generator.config.vocab_size, n, rounds)
    generator.forget()
    return found


def peer_prefill(peer, n: int, rounds: int = 3) -> dict:
    """As `prefill`, of an object of one of the classes of peers."""
    return _prompts(peer.forget, lambda prompt: int(peer.run(prompt).argmax()), peer.config.vocab_size, n, rounds)


def _prompts(forget, run, vocab_size: int, n: int, rounds: int) -> dict:
    seconds = []
    for number in range(rounds + 1):
        forget()
        prompt = random_ids(vocab_size, n, number)
        started = time.perf_counter()
        run(prompt)
        seconds.append(time.perf_counter() - started)
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


def random_ids(vocab_size: int, n: int, seed: int = 0) -> list[int]:
    return torch.randint(vocab_size, (n,), generator=torch.Generator().manual_seed(seed)).tolist()
