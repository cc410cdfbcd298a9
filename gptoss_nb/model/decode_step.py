"""DecodeStep: a token sampled from the last logits and run through the whole model, as a fixed row of kernel launches.

Everything that changes from one step to the next (the token, its position, the random numbers) is read from and written to device
memory by the kernels themselves: so nothing waits for the host, on a GPU the row is captured in one CUDA graph, and several steps
can be enqueued before the first result is read. What the host wants of a step lies in one piece, and is one copy.
Called by engine/ahead; `model.ops` must be a module that is FUSED.
"""

from typing import NamedTuple

import torch

from ..config import ModelConfig
from .edits import EditTensors
from .kv_cache import KVCache
from .transformer import Transformer

SPLIT = 256  # keys that one program of full attention looks at, at least
MOST_SPLITS = 32
ALIGNED = 16  # bytes: what Triton is told of an address, in every layer alike


class Told(NamedTuple):
    """What one step tells, as plain numbers: the token that it drew, with its log-probability (see kernels/_sample.Ring), and by layer the
    experts that it went to, with their weights."""

    token: int
    logprob: float
    likeliest: list[int]
    logprobs: list[float]
    expert_ids: list[list[int]]
    expert_weights: list[list[float]]


class Results:
    """What the kernels of a step write of it, in one piece on the device, and places on the host for what `n` steps wrote.

    `ring` has one slot; chosen (L, A) int32 and weights (L, A) are the experts' ids and weights, best first. Each step writes over what the
    one before wrote: all goes through one stream, in order, so that was copied by then.
    """

    def __init__(self, config: ModelConfig, ring, n: int):
        device, padded = ring.tokens.device, -(-config.experts_per_token // 4) * 4  # so that each layer's row is aligned
        chosen = torch.zeros(config.n_layers, padded, dtype=torch.int32, device=device)
        self._parts, self._n_chosen = (*ring, chosen, chosen.float()), config.experts_per_token
        self._written = torch.zeros(sum(map(_span, self._parts)), dtype=torch.uint8, device=device)
        *slot, self.chosen, self.weights = self._cut(self._written)
        self.ring = ring._make(slot)
        self._there = torch.empty(n, len(self._written), dtype=torch.uint8, pin_memory=device.type == "cuda")
        self._told = [self._cut(row) for row in self._there]
        self._copied = [torch.cuda.Event() for _ in range(n)] if device.type == "cuda" else []
        self._sent = 0

    def _cut(self, buffer: torch.Tensor) -> list[torch.Tensor]:
        """Its parts, which lie one after the other in bytes (n,)."""
        made, start = [], 0
        for part in self._parts:
            made.append(buffer[start : start + part.nbytes].view(part.dtype).view(part.shape))
            start += _span(part)
        return made[:-2] + [of_layers[:, : self._n_chosen] for of_layers in made[-2:]]

    def send(self) -> int:
        """Enqueues the copy, and gives its number."""
        number, place = self._sent, self._sent % len(self._there)
        self._there[place].copy_(self._written, non_blocking=True)
        if self._copied:
            self._copied[place].record(torch.cuda.current_stream(self._written.device))
        self._sent += 1
        return number

    def read(self, number: int) -> Told:
        place = number % len(self._there)
        assert 0 < self._sent - number <= len(self._there), "another step's results lie there"
        if self._copied:
            self._copied[place].synchronize()
        token, logprob, likeliest, logprobs, ids, weights = (part.tolist() for part in self._told[place])
        return Told(token[0], logprob[0], likeliest[0], logprobs[0], ids, weights)


def _span(part: torch.Tensor) -> int:
    """Bytes, up to the next multiple of ALIGNED."""
    return -(-part.nbytes // ALIGNED) * ALIGNED


class DecodeStep:
    """Reads and advances `cache`, whose buffers it holds on to: `matches` says whether it still may.

    The residual stream is float32, whatever the model's dtype. `n_results` is how many steps may have been sent to the host and not read.
    """

    def __init__(self, model: Transformer, cache: KVCache, n_results: int):
        c, device = model.config, cache.device
        self.model, self.cache = model, cache
        self._buffers = cache.addresses()
        self.token, self.position, self.draw, self.seed = (torch.zeros(1, dtype=torch.int64, device=device) for _ in range(4))
        self.temperature = torch.ones(1, device=device)
        self._top_k, self._top_p = torch.zeros(1, dtype=torch.int64, device=device), torch.ones(1, dtype=torch.float64, device=device)
        self.logits, self._cut = (torch.empty(c.vocab_size, device=device) for _ in range(2))
        self._sampling = torch.empty(model.ops.scratch_size(c.vocab_size), dtype=torch.int64, device=device)
        self._resid = torch.empty(c.hidden_size, device=device)
        self._q, self._mixed = (torch.empty(c.n_heads * c.head_dim, device=device) for _ in range(2))
        self._hidden = torch.empty(c.experts_per_token, c.expert_width, device=device)
        self._scratch, self._arrived = torch.empty(c.n_experts, device=device), torch.zeros(1, dtype=torch.int32, device=device)
        self._splits = min(MOST_SPLITS, max(1, -(-cache.room // SPLIT)))
        self._partial = torch.empty(model.ops.partial_size(c.n_heads, c.head_dim, self._splits), device=device)
        self._edits = EditTensors(
            torch.zeros(c.n_layers, c.n_experts, device=device), torch.zeros(c.n_layers, c.n_experts, device=device),
            torch.ones(c.n_layers, c.n_heads, device=device), torch.zeros(c.n_layers, c.hidden_size, device=device),
        )  # fmt: skip
        self._results = Results(c, model.ops.new_ring(1, device), n_results)
        self._cuts = False  # whether top-k or top-p drops tokens
        self._graphs: dict[bool, torch.cuda.CUDAGraph] = {}  # with such cuts and without

    def matches(self, cache: KVCache) -> bool:
        """Whether this step is for these very buffers."""
        return cache is self.cache and cache.addresses() == self._buffers

    def edit(self, edits: EditTensors) -> None:
        """What the kernels read of edits from now on: they always read them, and None is the identity."""
        for mine, given, identity in zip(_fields(self._edits), _fields(edits), (0, 0, 1, 0), strict=True):
            mine.fill_(identity) if given is None else mine.copy_(given)

    def start(self, logits: torch.Tensor, temperature: float, top_k: int, top_p: float, seed: int, drawn: int) -> None:
        """`logits` (V,) are those after the tokens in the cache; `drawn` random numbers of `seed` were used before."""
        self.logits.copy_(logits)
        self.temperature.fill_(temperature)
        self._top_k.fill_(top_k)
        self._top_p.fill_(top_p)
        self._cuts = top_k > 0 or top_p < 1
        self.seed.fill_(seed)
        self.draw.fill_(drawn)
        self.position.fill_(self.cache.length)

    def __call__(self) -> None:
        """Enqueues one step. The caller has made sure that the cache has room for its token."""
        if not self.logits.is_cuda:
            self._run()
            return
        with torch.cuda.device(self.logits.device):  # Triton launches on the current device
            if self._cuts not in self._graphs:
                self._graphs[self._cuts] = self._capture()
            self._graphs[self._cuts].replay()

    def send(self) -> int:
        """Enqueues the copy of what the step that was enqueued last tells. Returns its number, for `read`."""
        return self._results.send()

    def read(self, number: int) -> Told:
        """What that step told; waits until it is there."""
        return self._results.read(number)

    def _capture(self) -> torch.cuda.CUDAGraph:
        """Runs the step once, so that its kernels are compiled and their blocks chosen, captures it, and takes that back."""
        changed = (self.token, self.position, self.draw, self.logits)
        before = [tensor.clone() for tensor in changed]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side), self.model.ops.tuning():
            self._run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # other threads may use the GPU meanwhile
        with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):
            self._run()
        for tensor, value in zip(changed, before, strict=True):
            tensor.copy_(value)
        return graph

    def _run(self) -> None:
        c, w, ops = self.model.config, self.model.weights, self.model.ops
        logits = self.logits
        if self._cuts:
            ops.truncated(logits, self.temperature, self._top_k, self._top_p, self._cut)
        kept = self._cut if self._cuts else logits
        ops.sample(logits, kept, self.temperature, self.seed, self.draw, self.token, self._results.ring, self._sampling)
        ops.embed(self.token, w.embedding, self._resid)
        for index in range(c.n_layers):
            self._attend(index)
            self._mix_experts(index)
        ops.unembed(self._resid, w.norm, c.norm_eps, w.unembedding, logits)
        self.position += 1

    def _attend(self, index: int) -> None:
        c, layer, ops = self.model.config, self.model.weights.layers[index], self.model.ops
        keys, values = self.cache.buffer(index)
        cos, sin = self.model.rope_tables
        window = c.sliding_windows[index]
        window = None if window is None else min(window, len(keys))  # a short context has shorter rings
        parts = layer.qkv if isinstance(layer.qkv, tuple) else (layer.qkv,)
        ops.project(self._resid, layer.attn_norm, c.norm_eps, parts, layer.qkv_bias, cos, sin, self.position, self._q, keys, values)
        ops.attend(self._q, keys, values, layer.sinks, self._edits.head[index], self.position, window, self._mixed, self._partial,
                   1 if window is not None else self._splits)  # fmt: skip
        ops.add_linear(self._mixed, layer.out, layer.out_bias, self._resid)

    def _mix_experts(self, index: int) -> None:
        c, layer, ops, e, routing = self.model.config, self.model.weights.layers[index], self.model.ops, self._edits, self.cache.routing
        chosen, weights = self._results.chosen[index], self._results.weights[index]
        ops.route_one(self._resid, layer.mlp_norm, c.norm_eps, layer.router, layer.router_bias, e.selection[index], e.logit[index],
                      self.position, routing.logits[index], routing.ids[index], routing.weights[index],
                      chosen, weights, self._scratch, self._arrived)  # fmt: skip
        ops.gate_up(self._resid, layer.mlp_norm, c.norm_eps, chosen, layer.gate_up, layer.gate_up_bias, c.swiglu_limit, self._hidden)
        ops.down(self._hidden, chosen, weights, layer.down, layer.down_bias, e.added[index], self._resid)


def _fields(edits: EditTensors) -> tuple[torch.Tensor | None, ...]:
    return edits.selection, edits.logit, edits.head, edits.added
