"""Greedy decoding of many prompts at once, for evaluation and surveys: one pass a step for all that still run.

Prompts are aligned on the right, so that they all go on in the same column; what stands before a shorter one is masked.
"""

import torch

from ..config import ModelConfig
from ..model.sequence import Plan
from ..model.transformer import Transformer

NEVER = 2**40  # the position of padding: later than any query


class BatchCache:
    """Keys and values of B sequences, (B, columns, K, d) a layer; offers what Transformer.forward asks of a cache."""

    def __init__(self, config: ModelConfig, starts: torch.Tensor, columns: int, dtype: torch.dtype):
        """`starts` (B,): the column where each sequence begins."""
        self.starts, self.length = starts, 0
        shape = (2, len(starts), columns, config.n_kv_heads, config.head_dim)
        self._kv = [torch.zeros(shape, dtype=dtype, device=starts.device) for _ in range(config.n_layers)]
        column = torch.arange(columns, device=starts.device) - starts[:, None]
        self._positions = column.where(column >= 0, NEVER)  # (B, columns)

    def begin(self, n_new: int) -> Plan:
        end = self.length + n_new
        new = (torch.arange(self.length, end, device=self.starts.device) - self.starts[:, None]).clamp(min=0)
        return Plan(new, lambda window: self._positions[:, :end])

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        buffer, end = self._kv[layer], self.length + k.shape[1]
        buffer[0, :, self.length : end], buffer[1, :, self.length : end] = k, v
        return buffer[0, :, :end], buffer[1, :, :end]

    def routed(self, layer: int, logits, ids, weights) -> None:
        """Not kept: a trace of chosen texts is made one by one."""

    def advance(self, n_new: int) -> None:
        self.length += n_new

    def keep(self, rows: torch.Tensor) -> None:
        """Only these rows go on."""
        self.starts, self._positions = self.starts[rows], self._positions[rows]
        self._kv = [buffer[:, rows] for buffer in self._kv]


@torch.inference_mode()
def greedy(model: Transformer, prompts: list[list[int]], stops: frozenset[int], max_tokens: int) -> list[list[int]]:
    """The greedy continuation of each prompt, without its stop token; at most `max_tokens` each."""
    width = max(map(len, prompts))
    device, dtype = model.weights.embedding.device, model.weights.embedding.dtype
    ids = torch.tensor([[0] * (width - len(p)) + p for p in prompts], device=device)
    cache = BatchCache(model.config, torch.tensor([width - len(p) for p in prompts], device=device), width + max_tokens, dtype)
    replies, running = [[] for _ in prompts], list(range(len(prompts)))
    for _ in range(max_tokens):
        tokens = model.forward(ids, cache, last_only=True)[:, -1].argmax(-1)
        going = []
        for row, token in enumerate(tokens.tolist()):
            if token not in stops:
                replies[running[row]].append(token)
                going.append(row)
        if not going:
            break
        if len(going) < len(running):
            cache.keep(torch.tensor(going, device=device))
            running = [running[row] for row in going]
        ids = tokens[going][:, None]
    return replies
