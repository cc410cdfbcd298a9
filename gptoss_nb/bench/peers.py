"""The same weights in llama.cpp and in transformers, one sequence each: what steps and prefill measure beside ours, in the same run.

A peer is a class: what it is called and how it keeps the weights, what it needs, how they are written to a folder for it; an object
of it is the loaded model, which is fed token ids and says the logits after the last. Neither need be installed.
"""

import ctypes
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from inspect import signature
from pathlib import Path

import torch

from ..config import ModelConfig
from .made import random_weights

INSTALL = 'pip install "gptoss-nb[peers]"'
BATCH = 512  # tokens of prompt that llama.cpp takes at once: its own default
ERROR = 4  # ggml.h: GGML_LOG_LEVEL_ERROR


class LlamaCpp:
    """llama.cpp on a CPU through its C interface, with torch's number of threads: no text, no sampler, no copy of the logits."""

    name, weights, packages, devices = "llama.cpp", "MXFP4 + 8 bits", ("llama_cpp", "gguf"), ("cpu",)
    expert_bytes, matrix_bytes, key_bytes = 17 / 32, 34 / 32, 2  # of a number, with its share of the scale
    gigabytes = staticmethod(lambda config: None)  # it maps its file

    @staticmethod
    def write(folder: Path, config: ModelConfig, weights) -> None:
        from . import gguf_file

        gguf_file.write(folder / "model.gguf", config, weights)

    def __init__(self, folder: Path, config: ModelConfig, context: int, device: torch.device):
        from llama_cpp import llama_cpp

        self.config, self._c, self._told = config, llama_cpp, ""
        LlamaCpp._log = llama_cpp.llama_log_callback(self._hear)  # kept for good: C holds its address
        llama_cpp.llama_log_set(LlamaCpp._log, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(str(folder / "model.gguf").encode(), llama_cpp.llama_model_default_params())
        if not self._model:
            raise RuntimeError(f"it did not take the file: {self._told}")
        asked = llama_cpp.llama_context_default_params()
        asked.n_ctx, asked.n_batch, asked.n_ubatch = context, BATCH, BATCH
        asked.n_threads = asked.n_threads_batch = torch.get_num_threads()
        asked.yarn_beta_fast, asked.yarn_beta_slow = config.rope_beta_fast, config.rope_beta_slow  # it reads no field of the file for them
        asked.swa_full = False  # window layers keep no more than their window, as its own programs have it
        self._context = llama_cpp.llama_init_from_model(self._model, asked)
        if not self._context:
            llama_cpp.llama_model_free(self._model)
            raise RuntimeError(f"it made no context: {self._told}")

    def forget(self) -> None:
        self._c.llama_memory_clear(self._c.llama_get_memory(self._context), True)

    def run(self, ids: list[int]) -> torch.Tensor:
        """Logits (V,) after these ids, which follow what was run before; good until the next call."""
        for start in range(0, len(ids), BATCH):
            part = ids[start : start + BATCH]
            tokens = (self._c.llama_token * len(part))(*part)  # held by its name: the batch has its address alone
            failed = self._c.llama_decode(self._context, self._c.llama_batch_get_one(tokens, len(part)))
            if failed:
                raise RuntimeError(f"llama_decode returned {failed}: {self._told}")
        logits = self._c.llama_get_logits_ith(self._context, -1)
        return torch.frombuffer((ctypes.c_float * self.config.vocab_size).from_address(ctypes.addressof(logits.contents)), dtype=torch.float32)

    def _hear(self, level: int, text: bytes, _) -> None:
        if level == ERROR:
            self._told += text.decode(errors="replace").strip() + "; "

    def close(self) -> None:
        self._c.llama_free(self._context)
        self._c.llama_model_free(self._model)


class Transformers:
    """transformers in bfloat16: on a CPU, and on a GPU without its kernels for MXFP4, it widens the experts when it loads them."""

    name, weights, packages, devices = "transformers", "bfloat16", ("transformers", "accelerate"), ("cpu", "cuda")
    expert_bytes, matrix_bytes, key_bytes = 2, 2, 2

    @staticmethod
    def gigabytes(config: ModelConfig) -> float:
        """What it takes of memory."""
        return 2 * (sum(_numbers(config, config.n_experts)) + 2 * config.vocab_size * config.hidden_size) / 1e9

    @staticmethod
    def write(folder: Path, config: ModelConfig, weights) -> None:
        from ..checkpoint.write import write

        write(folder / "hf", config, weights)

    def __init__(self, folder: Path, config: ModelConfig, context: int, device: torch.device):
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self.config, self._device = config, device
        self._model = transformers.AutoModelForCausalLM.from_pretrained(folder / "hf", dtype=torch.bfloat16, device_map={"": device}).eval()
        if not isinstance(self._model.model.layers[0].mlp.experts.gate_up_proj, torch.nn.Parameter):  # its kernels were there
            self.weights, self.expert_bytes = "MXFP4 + bfloat16", LlamaCpp.expert_bytes
        self._named = "cache" if "cache" in signature(self._model.forward).parameters else "past_key_values"  # by version
        self._new_cache = lambda: transformers.DynamicCache(config=self._model.config)
        self.forget()

    def forget(self) -> None:
        self._cache = self._new_cache()

    @torch.inference_mode()
    def run(self, ids: list[int]) -> torch.Tensor:
        """As LlamaCpp's."""
        held = {self._named: self._cache, "use_cache": True}
        return self._model(torch.tensor([ids], device=self._device), logits_to_keep=1, **held).logits[0, -1]

    def close(self) -> None:
        self._model = self._cache = None


PEERS = (LlamaCpp, Transformers)


def measure(config: ModelConfig, device: torch.device, context: int, ask: Callable[[object], list[dict]]) -> tuple[list[dict], list[str]]:
    """The rows that `ask` makes of each peer, and a line for each that is left out. One is loaded when the one before it is freed."""
    why = {peer: why_not(peer, config, device) for peer in PEERS if device.type in peer.devices}
    rows, told = [], [f"{peer.name} is left out: {reason}" for peer, reason in why.items() if reason]
    here, written = [peer for peer, reason in why.items() if not reason], []
    if not here:
        return rows, told
    with tempfile.TemporaryDirectory(prefix="gptoss-nb-bench-") as room:
        weights = random_weights(config, device, torch.float32 if device.type == "cpu" else torch.bfloat16)
        for peer in here:
            with _or_told(peer, told):
                peer.write(Path(room), config, weights)
                written.append(peer)
        del weights
        if hasattr(os, "sync"):
            os.sync()  # gigabytes that are still on their way to the disk would slow down who is measured first
        for peer in written:
            free(device)
            with _or_told(peer, told):
                rows += _asked(peer, Path(room), config, context, device, ask)
    free(device)
    return rows, told


@contextmanager
def _or_told(peer, told: list[str]) -> Iterator[None]:
    """What was measured of the others is worth having, whatever this one runs into."""
    try:
        yield
    except Exception as error:
        told.append(f"{peer.name} did not come to its end: {type(error).__name__}: {' '.join(str(error).split())}")


def _asked(peer, folder: Path, config: ModelConfig, context: int, device: torch.device, ask) -> list[dict]:
    model = peer(folder, config, context, device)
    try:
        return [{"who": model.name, "weights": model.weights, **row} for row in ask(model)]
    finally:
        model.close()


def why_not(peer, config: ModelConfig, device: torch.device) -> str | None:
    """None where it can run."""
    missing = [package for package in peer.packages if find_spec(package) is None]
    if missing:
        return f"{' and '.join(missing)} not installed; {INSTALL}"
    taken = peer.gigabytes(config)
    if taken is None:
        return None
    left = _free_gigabytes(device)
    return None if taken < left else f"its {taken:,.1f} GB do not fit, {left:,.1f} GB of memory are free"


def bytes_a_token(peer, context: int) -> int:
    """What a step of a loaded peer has to read, as made.bytes_a_token counts it: every matrix once, the chosen experts alone, keys and values
    that are seen; without vectors, which are a thousandth of it."""
    c = peer.config
    experts, dense = _numbers(c, c.experts_per_token)
    keys = sum(min(context, window or context) for window in c.sliding_windows) * 2 * c.n_kv_heads * c.head_dim
    return int(experts * peer.expert_bytes + (dense + c.vocab_size * c.hidden_size) * peer.matrix_bytes + keys * peer.key_bytes)


def free(device: torch.device) -> None:
    """Gives back the memory of what was deleted."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _numbers(c: ModelConfig, n_experts: int) -> tuple[int, int]:
    """How many numbers all layers have in so many experts, and in their other matrices."""
    dense = (c.qkv_width + c.n_heads * c.head_dim + c.n_experts) * c.hidden_size
    return c.n_layers * n_experts * 3 * c.expert_width * c.hidden_size, c.n_layers * dense


def _free_gigabytes(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] / 1e9
    from ..session.placing import free_memory  # what torch and triton alone do not have; transformers is here, so they are not alone

    return free_memory(gpus=False)[torch.device("cpu")] / 1e9
