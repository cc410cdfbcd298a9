"""Trains nano from scratch: `python -m gptoss_nb.nano.train`. One seed, resumable, no data but what corpus makes.

    python -m gptoss_nb.nano.train [--steps N] [--seed S] [--device cuda] [--keep 8] [--start FOLDER] [--work FOLDER] [--out FOLDER]

With `--start` it goes on from the weights of an earlier nano, at half the rates. A step on a GPU has ten times the tokens of one on a CPU.

The work folder holds the state from which an interrupted run goes on (safetensors, never a pickle), the loss curve, the
checkpoints kept along the way and, at the end, the weights before they are rounded to MXFP4; the out folder receives the
checkpoint in the published layout.
"""

import argparse
import ctypes
import json
import os
import shutil
import sys
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ..chat.tokenizer import Tokenizer
from ..checkpoint.write import write
from ..config import ModelConfig
from ..errors import OptionError
from . import batches, parameters, vocabulary
from .muon import Muon
from .passes import NUMBERS, AsGraphs, OnThreads
from .passes import imbalance as imbalance

HERE = Path(__file__).parent
STEPS = 10_000  # six and a half minutes on an H200; about two hours on two cores, where a step has a tenth of the tokens
MUON_RATE, ADAM_RATE = 6e-3, 2e-3
LATER = 0.5  # of these rates, where the weights are trained already
WARMUP = 200  # steps over which the rates rise; then they fall to nothing
QUANTISED = 0.35  # the last part of training, with experts as MXFP4 has them
TOLD, SAVED = 50, {"cuda": 1000, "cpu": 250}  # steps between two lines of progress, and between two states


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m gptoss_nb.nano.train", description="Train nano from scratch.")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"default: {STEPS:,}; on a GPU each is ten times as large")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=("cpu", "cuda"))
    parser.add_argument("--keep", type=int, default=0, help="keep so many checkpoints along the way, in the work folder")
    parser.add_argument("--start", type=Path, help="begin with the weights of this checkpoint instead of random ones")
    parser.add_argument("--work", type=Path, default=Path("nano-training"), help="state to resume from, and the loss curve")
    parser.add_argument("--out", type=Path, default=HERE / "checkpoint", help="where the checkpoint goes")
    options = parser.parse_args(argv)
    train(options.steps, options.seed, options.work, options.out, options.device, options.keep, options.start)


def train(steps: int, seed: int, work: Path, out: Path, device: str = "cpu", keep: int = 0, start: Path | None = None) -> None:
    """Runs or resumes the training and writes the checkpoint, and `keep` others at even distances on the way. `start` is an
    earlier checkpoint to begin with."""
    if not 0 <= keep <= steps:
        raise OptionError(f"{keep} checkpoints cannot be kept of {steps} steps.", "Give --keep a number from 0 to --steps.")
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "tokenizer.json").exists():
        vocabulary.write(work)
    tokenizer = Tokenizer.load(work)
    config = parameters.architecture(tokenizer.vocab_size)
    begun = parameters.earlier(config, tokenizer, start) if start else parameters.initial(config, seed)
    prefix = batches.prefixes(tokenizer).to(device)
    state = State(config, seed, work / "state.safetensors", prefix, begun, LATER if start else 1.0)
    progress = Progress(work / "curve.jsonl", state.step, steps)
    kept = {round(steps * (n + 1) / keep) for n in range(keep)} if keep else set()
    widths = batches.WIDTHS if device == "cuda" else None
    for parts in batches.steps(tokenizer, seed, state.step, steps, batches.PART_TOKENS[device], _processes(device), widths):
        progress.add(state.update([part.to(device) for part in parts], steps), state.step)
        if state.step % SAVED[device] == 0 or state.step == steps:
            state.save()
        if state.step in kept:
            _publish(state, tokenizer, work, work / f"step-{state.step:06d}")
    save_file({name: value.contiguous() for name, value in state.parameters.items()}, work / "unrounded.safetensors")
    _publish(state, tokenizer, work, out)


def _publish(state: "State", tokenizer: Tokenizer, work: Path, out: Path) -> None:
    """The checkpoint as it is published, experts packed."""
    out.mkdir(parents=True, exist_ok=True)
    end = {"eos_token_id": tokenizer.control_id("<|return|>"), "pad_token_id": tokenizer.control_id("<|endoftext|>")}
    own = {name: value.cpu() for name, value in state.parameters.items()}
    write(out, state.config, parameters.weights(state.config, own), end)
    shutil.copy(work / "tokenizer.json", out)


def _processes(device: str) -> int:
    """That draw the corpus ahead: one makes over 500,000 tokens a second, of which a CPU learns a sixtieth."""
    return min(8, max(1, os.cpu_count() - 1)) if device == "cuda" else 0


class Progress:
    """A line for the reader every so many steps, and one for the loss curve, each the mean of the steps since the last."""

    def __init__(self, curve: Path, step: int, steps: int):
        self._curve, self._first, self._steps, self._started = curve, step, steps, time.perf_counter()
        self._reports: list[dict] = []
        lines = curve.read_text().splitlines() if curve.exists() else []
        curve.write_text("".join(f"{line}\n" for line in lines if json.loads(line)["step"] <= step))  # what is run again is told again

    def add(self, report: dict, step: int) -> None:
        self._reports.append(report)
        if step % TOLD and step != self._steps:
            return
        mean = {key: sum(float(r[key]) for r in self._reports) / len(self._reports) for key in report}
        self._reports.clear()
        pace = (time.perf_counter() - self._started) / (step - self._first)
        left = pace * (self._steps - step)
        with self._curve.open("a") as file:
            file.write(json.dumps({"step": step, **mean, "seconds_per_step": pace}) + "\n")
        print(f"{step}/{self._steps}  loss {mean['loss']:.4f}  whole replies {mean['exact']:.1%}  "
              f"{mean['tokens'] / pace:,.0f} tok/s  {left / 60:.1f} min left", flush=True)  # fmt: skip


class State:
    """Parameters, optimisers and step: what a run needs to go on where it stopped."""

    def __init__(self, config: ModelConfig, seed: int, file: Path, prefix: torch.Tensor, begun: dict[str, torch.Tensor], rate: float = 1.0):
        """`begun` are the parameters before the first step, `prefix` (efforts, P) what stands before every example, where training
        is to be; `rate` is a factor on all learning rates."""
        self.config, self.file, self.step, self.seed, self._rate = config, file, 0, seed, rate
        self._device = device = prefix.device
        self.parameters = {name: value.to(device) for name, value in begun.items()}
        on_gpu = device.type == "cuda"
        if not on_gpu:
            _keep_freed_memory()
            torch.set_num_threads(1)
        self._passes = (AsGraphs if on_gpu else OnThreads)(config, self.parameters, prefix)
        hidden = {name: p for name, p in self.parameters.items() if parameters.is_hidden_matrix(name)}
        rest = [p for name, p in self.parameters.items() if name not in hidden]
        muon, adam = MUON_RATE, ADAM_RATE
        if on_gpu:  # a graph reads them there
            muon, adam = torch.tensor(muon, device=device), torch.tensor(adam, device=device)
        self.optimisers = [
            Muon(hidden.values(), lr=muon, weight_decay=0.05, map=self._passes.map),
            torch.optim.AdamW(rest, lr=adam, betas=(0.9, 0.98), weight_decay=0.0, foreach=True, capturable=on_gpu),
        ]
        if file.exists():
            self._load()

    def update(self, parts: list[batches.Part], steps: int) -> dict:
        """One step; returns the loss and the share of replies with every token right, tensors still being computed."""
        numbers = dict(zip(NUMBERS, self._passes.gradients(parts, quantised=self.step >= steps * (1 - QUANTISED))))
        for optimiser, peak in zip(self.optimisers, (MUON_RATE, ADAM_RATE)):
            group, rate = optimiser.param_groups[0], self._rate * peak * schedule(self.step, steps)
            group["lr"] = group["lr"].fill_(rate) if isinstance(group["lr"], torch.Tensor) else rate
        self._passes.optimise(self._optimise)
        self.step += 1
        numbers["exact"] = numbers["exact"] / sum(len(part.ids) for part in parts)
        return numbers | {"tokens": sum(part.ids.numel() for part in parts)}

    def _optimise(self) -> None:
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()

    def _optimiser_state(self):
        """(name, place, key) of every tensor the optimisers keep."""
        keys = {Muon: ("momentum_buffer",), torch.optim.AdamW: ("exp_avg", "exp_avg_sq", "step")}
        names = {id(parameter): name for name, parameter in self.parameters.items()}
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                for parameter in group["params"]:
                    for key in keys[type(optimiser)]:
                        yield f"{key}.{names[id(parameter)]}", optimiser.state[parameter], key

    def save(self) -> None:
        tensors = dict(self.parameters)
        tensors |= {name: kept[key] for name, kept, key in self._optimiser_state()}
        fresh = self.file.with_suffix(".new")
        save_file(tensors, fresh, metadata={"step": str(self.step), "seed": str(self.seed), "device": self._device.type})
        fresh.replace(self.file)

    def _load(self) -> None:
        with safe_open(self.file, "pt") as file, torch.no_grad():
            about = file.metadata()
            if about.get("seed") != str(self.seed) or file.get_slice("embedding").get_shape() != list(self.parameters["embedding"].shape):
                raise OptionError(f"{self.file} was made with another seed or vocabulary.", "Give another --work folder.")
            device = about.get("device", "cpu")
            if device != self._device.type:  # whose steps are of another size, and of other examples
                raise OptionError(f"{self.file} was made on another device.", f"Give --device {device}, or another --work folder.")
            self.step = int(about["step"])
            for name, parameter in self.parameters.items():
                parameter.copy_(file.get_tensor(name))
            for name, kept, key in self._optimiser_state():
                kept[key] = file.get_tensor(name).to(self._device)
        print(f"resumed at step {self.step}")


def schedule(step: int, steps: int) -> float:
    """Rise, and fall to nothing in a straight line."""
    return min((step + 1) / WARMUP, 1 - step / steps)


def _keep_freed_memory() -> None:
    """On Linux, has malloc reuse large buffers instead of asking the kernel for zeroed pages at every operation: measured
    734 ms down to 110 ms for one attention layer forward and back."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option in (-1, -3):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            libc.mallopt(option, 2**31 - 1)
        libc.mallopt(-8, 1)  # M_ARENA_MAX: the arenas of other threads are too small to keep such buffers


if __name__ == "__main__":
    main()
