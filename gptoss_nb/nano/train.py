"""Trains nano from scratch: `python -m gptoss_nb.nano.train`. One seed, resumable, no data but what corpus makes.

    python -m gptoss_nb.nano.train [--steps N] [--seed S] [--work FOLDER] [--out FOLDER]

The work folder holds the state from which an interrupted run goes on (safetensors, never a pickle) and the loss curve;
the out folder receives the checkpoint in the published layout.
"""

import argparse
import ctypes
import json
import math
import random
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

from ..chat.tokenizer import Tokenizer
from ..checkpoint.write import write
from ..config import ModelConfig
from ..kernels import reference
from ..model.sequence import Sequence
from ..model.transformer import Transformer
from . import corpus, parameters, vocabulary

HERE = Path(__file__).parent
STEPS, BATCH_TOKENS = 7000, 4096
PEAK_RATE, WARMUP, DECAY = 3e-3, 200, 0.4  # the rate falls to 0 over the last DECAY of the steps
QUANTISED = 0.25  # the last part of training, with experts as MXFP4 has them
BALANCE = 0.02  # weight of the loss that keeps every expert in use
POOL = 100  # batches whose examples are drawn together and sorted by length, so that little is padding
IGNORED = -100


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.nano.train", description="Train nano from scratch.")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("nano-training"), help="state to resume from, and the loss curve")
    parser.add_argument("--out", type=Path, default=HERE / "checkpoint", help="where the checkpoint goes")
    options = parser.parse_args(argv)
    train(options.steps, options.seed, options.work, options.out)


def train(steps: int, seed: int, work: Path, out: Path) -> None:
    """Runs or resumes the training and writes the checkpoint."""
    _keep_freed_memory()
    for folder in (work, out):
        folder.mkdir(parents=True, exist_ok=True)
    vocabulary.write(out)
    tokenizer = Tokenizer.load(out)
    config = parameters.architecture(tokenizer.vocab_size)
    state = State(config, seed, work / "state.safetensors")
    started, first, seen = time.perf_counter(), state.step, 0
    for batch in batches(tokenizer, seed, first, steps):
        report = state.update(batch, steps)
        seen += batch[0].numel()
        if state.step % 50 == 0 or state.step == steps:
            elapsed = time.perf_counter() - started
            left = elapsed / (state.step - first) * (steps - state.step)
            report |= {"step": state.step, "tokens_per_second": round(seen / elapsed)}
            with (work / "curve.jsonl").open("a") as curve:
                curve.write(json.dumps(report) + "\n")
            print(f"{state.step}/{steps}  loss {report['loss']:.4f}  whole replies {report['exact']:.0%}  "
                  f"{seen / elapsed:,.0f} tok/s  {left / 60:.0f} min left", flush=True)  # fmt: skip
        if state.step % 500 == 0 or state.step == steps:
            state.save()
    end = {"eos_token_id": tokenizer.control_id("<|return|>"), "pad_token_id": tokenizer.control_id("<|endoftext|>")}
    with torch.no_grad():
        write(out, config, parameters.weights(config, state.parameters, quantised=False), end)


class State:
    """Parameters, optimiser and step: what a run needs to go on where it stopped."""

    def __init__(self, config: ModelConfig, seed: int, file: Path):
        self.config, self.file, self.step = config, file, 0
        self.parameters = parameters.initial(config, seed)
        for parameter in self.parameters.values():
            parameter.requires_grad_()
        matrices = [p for name, p in self.parameters.items() if p.ndim > 1 and not name.endswith("_bias")]
        vectors = [p for name, p in self.parameters.items() if p.ndim == 1 or name.endswith("_bias")]
        groups = [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.98), foreach=True)
        if file.exists():
            self._load()

    def update(self, batch, steps: int) -> dict[str, float]:
        """One step on a batch (ids, targets); returns the loss and the share of replies with every token right."""
        ids, targets = batch
        for group in self.optimiser.param_groups:
            group["lr"] = PEAK_RATE * schedule(self.step, steps)
        quantised = self.step >= steps * (1 - QUANTISED)
        model = Transformer(self.config, parameters.weights(self.config, self.parameters, quantised), reference)
        sequence = Sequence(self.config, ids.shape[1], ids.device)
        logits = model.forward(ids, sequence)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
        balance = sum(imbalance(router, chosen) for router, chosen, _ in sequence.routing) / self.config.n_layers
        self.optimiser.zero_grad(set_to_none=True)
        (loss + BALANCE * balance).backward()
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), 1.0)
        self.optimiser.step()
        self.step += 1
        with torch.no_grad():
            right = (logits.argmax(-1) == targets) | (targets == IGNORED)
            exact = right.all(-1).float().mean()
        return {"loss": loss.item(), "balance": balance.item(), "exact": exact.item()}

    def save(self) -> None:
        tensors = dict(self.parameters)
        for name, parameter in self.parameters.items():
            for key in ("exp_avg", "exp_avg_sq"):
                tensors[f"{key}.{name}"] = self.optimiser.state[parameter][key]
        fresh = self.file.with_suffix(".new")
        save_file({name: tensor.detach() for name, tensor in tensors.items()}, fresh, metadata={"step": str(self.step)})
        fresh.replace(self.file)

    def _load(self) -> None:
        with safe_open(self.file, "pt") as file, torch.no_grad():
            self.step = int(file.metadata()["step"])
            for name, parameter in self.parameters.items():
                parameter.copy_(file.get_tensor(name))
                self.optimiser.state[parameter] = {key: file.get_tensor(f"{key}.{name}") for key in ("exp_avg", "exp_avg_sq")}
                self.optimiser.state[parameter]["step"] = torch.tensor(float(self.step))
        print(f"resumed at step {self.step}")


def _keep_freed_memory() -> None:
    """On Linux, has malloc reuse large buffers instead of asking the kernel for zeroed pages at every operation: measured
    734 ms down to 110 ms for one attention layer forward and back."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option in (-1, -3):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            libc.mallopt(option, 2**31 - 1)


def schedule(step: int, steps: int) -> float:
    """Warm up, stay, and fall to nothing."""
    return min(1.0, (step + 1) / WARMUP, (steps - step) / (DECAY * steps))


def imbalance(logits: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """1 where every expert gets its share of tokens and probability, more where some get it all (Switch Transformer)."""
    n_experts = logits.shape[-1]
    share = F.one_hot(chosen, n_experts).float().sum(-2).flatten(0, -2).mean(0) / chosen.shape[-1]
    return n_experts * (share * logits.softmax(-1).flatten(0, -2).mean(0)).sum()


def batches(tokenizer: Tokenizer, seed: int, first: int, steps: int):
    """(ids, targets) int64 (B, T) of about BATCH_TOKENS each, for the steps first .. steps - 1. Step n is always the same."""
    pad = tokenizer.control_id("<|endoftext|>")
    for pool in range(first // POOL, math.ceil(steps / POOL)):
        made = _pool(tokenizer, random.Random(f"{seed} {pool}"))
        for number, rows in enumerate(made):
            if first <= pool * POOL + number < steps:
                yield _tensors(rows, pad)


def _pool(tokenizer, rng) -> list[list[tuple[list[int], list[int]]]]:
    """POOL batches of (prompt, reply), examples of like length together, batches in random order."""
    examples, tokens = [], 0
    while tokens < POOL * BATCH_TOKENS:
        example = corpus.example(rng)
        examples.append((example.prompt_ids(tokenizer), example.reply_ids(tokenizer)))
        tokens += sum(map(len, examples[-1]))
    examples.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
    made, share = [[] for _ in range(POOL)], 0
    for pair in examples:
        made[min(POOL - 1, share * POOL // tokens)].append(pair)
        share += len(pair[0]) + len(pair[1])
    rng.shuffle(made)
    return made


def _tensors(rows, pad: int):
    width = max(len(prompt) + len(reply) for prompt, reply in rows) - 1
    ids, targets = torch.full((len(rows), width), pad), torch.full((len(rows), width), IGNORED)
    for i, (prompt, reply) in enumerate(rows):
        whole = torch.tensor(prompt + reply)
        ids[i, : len(whole) - 1] = whole[:-1]
        targets[i, len(prompt) - 1 : len(whole) - 1] = whole[len(prompt) :]
    return ids, targets


if __name__ == "__main__":
    main()
