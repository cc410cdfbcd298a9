"""KVCache: keys, values and routing of one sequence, and the way back to an earlier point of it.

Full layers keep every key; window layers a ring of the last `sliding_window`, and of `ahead` more. Rolling back loses nothing on full layers,
but a ring has overwritten what an earlier point needs, so it is kept as snapshots: `snapshot()` at the end of each prompt,
and `rollback(n)` returns to the last one at or before n. Called by engine/generator; the transformer fills it.
"""

import bisect

import torch

from ..config import ModelConfig
from .sequence import LastToken, Plan

MAX_SNAPSHOTS = 64  # one a prompt; 3 MB each on 20b


class Routing:
    """Router logits, expert ids and weights of every position, written by the forward pass. (L, positions, E or A)."""

    def __init__(self, config: ModelConfig, device):
        self.config, self.device = config, device
        self.logits, self.ids, self.weights = self._zeros(0)

    @classmethod
    def holding(cls, config: ModelConfig, logits: torch.Tensor, ids: torch.Tensor, weights: torch.Tensor) -> "Routing":
        """Of a sequence that was run without a cache."""
        made = cls(config, logits.device)
        made.logits, made.ids, made.weights = logits, ids.to(torch.int16), weights
        return made

    def _zeros(self, n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        c = self.config
        return (
            torch.zeros(c.n_layers, n, c.n_experts, device=self.device),
            torch.zeros(c.n_layers, n, c.experts_per_token, dtype=torch.int16, device=self.device),
            torch.zeros(c.n_layers, n, c.experts_per_token, device=self.device),
        )

    def reserve(self, n: int) -> None:
        kept = self.logits.shape[1]
        if n <= kept:
            return
        larger = self._zeros(n)  # all of them, before the old ones go: there may be no memory for the last
        for new, was in zip(larger, (self.logits, self.ids, self.weights), strict=True):
            new[:, :kept] = was
        self.logits, self.ids, self.weights = larger

    def of(self, position: int) -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
        """By layer, the ids and weights of the experts that one token went to."""
        ids, weights = (
            (part.numpy()[:, position] if part.device.type == "cpu" else part[:, position]).tolist() for part in (self.ids, self.weights)
        )  # a view of numpy's costs a fifth of one of torch's
        return tuple((tuple(i), tuple(w)) for i, w in zip(ids, weights, strict=True))


class KVCache:
    """The state of one sequence of up to `capacity` tokens. `length` tokens are in it.

    Positions and routing are on `device`; keys and values of each layer where that layer is, `layers` (None: on `device`).
    `ahead` tokens past `length` may be written by a DecodeStep and then not count: what a window sees of the past stays.
    """

    def __init__(self, config: ModelConfig, capacity: int, dtype: torch.dtype, device, layers: tuple[torch.device, ...] | None = None,
                 ahead: int = 0):  # fmt: skip
        self.config, self.capacity, self.dtype, self.device = config, capacity, dtype, device
        self._devices, self._ahead = layers or (device,) * config.n_layers, ahead
        self.length, self._room = 0, 0
        self.routing = Routing(config, device)
        self._windows = [None if w is None else min(w, capacity) for w in config.sliding_windows]
        # a ring never grows, a full layer's buffer doubles
        self._kv = [self._buffer(layer, 0 if w is None else min(w + ahead, capacity)) for layer, w in enumerate(self._windows)]
        self._snapshots: list[tuple[int, dict[int, torch.Tensor]]] = []
        self._routed: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # of the pass that runs, a layer each

    def _buffer(self, layer: int, n: int) -> torch.Tensor:
        """(2, n, K, d): keys, then values."""
        return torch.zeros(2, n, self.config.n_kv_heads, self.config.head_dim, dtype=self.dtype, device=self._devices[layer])

    # what the transformer calls

    def begin(self, n_new: int) -> Plan:
        assert self.length + n_new <= self.capacity, "the caller checks the context first"
        self.reserve(self.length + n_new)
        positions = torch.arange(self.length, self.length + n_new, device=self.device)
        if n_new == 1:
            return LastToken(positions, self._ring_positions)
        return Plan(positions, lambda window: self._key_positions(window, n_new), consecutive=True)

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        """Stores the new keys and values (T, K, d); returns those seen, (S, K, d) each."""
        window, buffer, start, n_new = self._windows[layer], self._kv[layer], self.length, len(k)
        if window is None:
            buffer[:, start : start + n_new] = torch.stack([k, v])
            return buffer[0, : start + n_new], buffer[1, : start + n_new]
        ring = buffer.shape[1]
        if n_new == 1 and (ring == window or start < window):
            # the ring's order does not matter to one query that sees all of it
            slot, seen = start % ring, min(start + 1, window)
            buffer[:, slot : slot + 1] = torch.stack([k, v])
            return buffer[0, :seen], buffer[1, :seen]
        new, old = torch.stack([k, v]), window if n_new > 1 else window - 1  # one new token sees itself and one less
        keys, values = torch.cat([buffer[:, self._old_slots(old, ring, buffer.device)], new], dim=1)
        tail = torch.arange(max(start, start + n_new - ring), start + n_new, device=buffer.device)
        buffer[:, tail % ring] = new[:, tail - start]
        return keys, values

    def routed(self, layer: int, logits, ids, weights) -> None:
        self._routed.append((logits.to(self.device), ids.to(self.device), weights.to(self.device)))

    def advance(self, n_new: int) -> None:
        """The pass is complete: its routing is written, all layers at once, and its tokens count."""
        place = slice(self.length, self.length + n_new)
        logits, ids, weights = map(torch.stack, zip(*self._routed))
        self.routing.logits[:, place], self.routing.ids[:, place], self.routing.weights[:, place] = logits, ids, weights
        self._routed.clear()
        self.length += n_new

    # what a DecodeStep reads and writes

    def buffer(self, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values (R, K, d) of a layer as they lie: position p in row p % R."""
        return self._kv[layer][0], self._kv[layer][1]

    def addresses(self) -> tuple[int, ...]:
        """Where all of it lies: another answer after the buffers have grown."""
        return tuple(tensor.data_ptr() for tensor in (*self._kv, self.routing.logits, self.routing.ids, self.routing.weights))

    @property
    def room(self) -> int:
        """Tokens that fit without growing."""
        return self._room

    # what the generator calls

    def count(self, n_new: int) -> None:
        """So many tokens, which a DecodeStep has run, are part of the sequence from now on."""
        self.length += n_new

    def clear(self) -> None:
        """Empty, in the same memory."""
        self.length = 0
        self._snapshots.clear()
        self._routed.clear()

    def snapshot(self) -> None:
        """Makes this point one that `rollback` can return to."""
        self._drop_snapshots_after(self.length - 1)
        rings = {i: self._kv[i].clone() for i, window in enumerate(self._windows) if window is not None}
        self._snapshots.append((self.length, rings))
        del self._snapshots[:-MAX_SNAPSHOTS]

    def rollback(self, length: int) -> int:
        """Returns to the last point at or before `length` that can be restored exactly, and gives it: the present, a
        snapshot, or 0."""
        if length < self.length:
            self._drop_snapshots_after(length)
            self._restore()
        return self.length

    def recover(self) -> None:
        """After a pass that broke off in the middle: rings may be half written, so back to the last snapshot."""
        self._routed.clear()
        self._drop_snapshots_after(self.length)
        self._restore()

    def _restore(self) -> None:
        self.length, rings = self._snapshots[-1] if self._snapshots else (0, {})
        for layer, ring in rings.items():
            self._kv[layer].copy_(ring)

    def _drop_snapshots_after(self, length: int) -> None:
        del self._snapshots[bisect.bisect_right(self._snapshots, length, key=lambda s: s[0]) :]

    def _old_slots(self, n: int, ring: int, device) -> torch.Tensor:
        """Ring slots of the last min(length, n) tokens, oldest first."""
        return torch.arange(max(0, self.length - n), self.length, device=device) % ring

    def _key_positions(self, window: int | None, n_new: int) -> torch.Tensor:
        first = 0 if window is None else max(0, self.length - window)
        return torch.arange(first, self.length + n_new, device=self.device)

    def _ring_positions(self, window: int | None) -> torch.Tensor:
        """What `extend` returns for one new token: a ring in the order of its slots."""
        now = self.length
        if window is None:
            return torch.arange(now + 1, device=self.device)
        if self._ahead and now >= window:  # then `extend` gives them in order
            return torch.arange(now + 1 - window, now + 1, device=self.device)
        slots = torch.arange(min(now + 1, window), device=self.device)
        return now - (now - slots) % window

    def reserve(self, n: int) -> None:
        """Makes room for n tokens in all: for twice as many as before, or where the memory is too small for that, for no more than n."""
        if n <= self._room:
            return
        try:
            self._grow(min(self.capacity, max(n, 2 * self._room, 256)))
        except torch.OutOfMemoryError:
            self._grow(n)

    def _grow(self, room: int) -> None:
        """What breaks off leaves some buffers larger, and the same in them."""
        self.routing.reserve(room)
        for layer, window in enumerate(self._windows):
            if window is None and self._kv[layer].shape[1] < room:
                larger = self._buffer(layer, room)
                larger[:, : self.length] = self._kv[layer][:, : self.length]
                self._kv[layer] = larger
        self._room = room
