"""Greedy decoding of many prompts at once, for evaluation and surveys: one pass a step for all that still run.

What all prompts begin with is run once. The rest is aligned on the right, so that they all go on in the same column; what
stands before a shorter one is masked.
"""

from os.path import commonprefix

import torch

from ..config import ModelConfig
from ..model.sequence import Plan
from ..model.transformer import Transformer

NEVER = 2**40  # the position of padding: later than any query


class BatchCache:
    """Keys and values of B sequences, (B, columns, K, d) a layer; offers what Transformer.forward asks of a cache."""

    def __init__(self, config: ModelConfig, columns: int, dtype: torch.dtype, device: torch.device):
        """Of one sequence, until it is spread."""
        self.length = 0
        shape = (2, 1, columns, config.n_kv_heads, config.head_dim)
        self._kv = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(config.n_layers)]
        self._skipped = torch.zeros(1, 1, dtype=torch.int64, device=device)
        self._positions = torch.arange(columns, device=device)[None]  # (B, columns)

    def spread(self, skipped: torch.Tensor) -> None:
        """Goes on as len(skipped) sequences, each of which leaves so many columns free first."""
        self._skipped = skipped[:, None]
        columns = self._positions[0]
        late = columns - self._skipped  # (B, columns)
        self._positions = columns.where(columns < self.length, late.where(late >= self.length, NEVER))
        self._kv = [buffer.repeat(1, len(skipped), 1, 1, 1) for buffer in self._kv]

    def begin(self, n_new: int) -> Plan:
        end = self.length + n_new
        new = (torch.arange(self.length, end, device=self._skipped.device) - self._skipped).clamp(min=0)
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
        self._skipped, self._positions = self._skipped[rows], self._positions[rows]
        self._kv = [buffer[:, rows] for buffer in self._kv]


@torch.inference_mode()
def greedy(model: Transformer, prompts: list[list[int]], stops: frozenset[int], max_tokens: int) -> list[list[int]]:
    """The greedy continuation of each prompt, without its stop token; at most `max_tokens` each."""
    shared = min(len(commonprefix(prompts)), min(map(len, prompts)) - 1)  # of each prompt something is left
    width = max(map(len, prompts)) - shared
    device = model.weights.embedding.device
    cache = BatchCache(model.config, shared + width + max_tokens, model.dtype, device)
    if shared:
        model.forward(torch.tensor([prompts[0][:shared]], device=device), cache, last_only=True)
    rests = [prompt[shared:] for prompt in prompts]
    cache.spread(torch.tensor([width - len(rest) for rest in rests], device=device))
    ids = torch.tensor([[0] * (width - len(rest)) + rest for rest in rests], device=device)
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
