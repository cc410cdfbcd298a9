"""What a forward pass needs to know of the tokens around it: positions, masks, keys and values, and where routing goes.

`Sequence` is the plain case, a whole sequence (or a batch of equally long ones) from position 0, and `Packed` several of any length in
one row; kv_cache.KVCache and BatchCache offer the same four methods (begin, extend, routed, advance) over what came before.
"""

import torch

from ..config import ModelConfig
from ..kernels.mask import Band, visible


class Plan:
    """Positions (..., T) of the new tokens, and a mask for each kind of layer, made once a pass."""

    def __init__(self, positions: torch.Tensor, key_positions, consecutive: bool = False):
        """`key_positions(window)` gives (..., S), the positions of the keys in the order that `extend` returns them. `consecutive`:
        these and the new tokens' follow each other without a gap, and the last key is the last token's."""
        self.positions, self.key_positions, self._consecutive, self._masks = positions, key_positions, consecutive, {}

    def mask(self, window: int | None, device: torch.device | None = None) -> torch.Tensor | None:
        """(..., T, S) on `device`, True where a query sees a key: none later than itself, the last `window` of them."""
        if (window, device) not in self._masks:
            self._masks[window, device] = visible(self.positions, self.key_positions(window), window).to(device)
        return self._masks[window, device]

    def band(self, window: int | None, device: torch.device) -> Band | torch.Tensor | None:
        """The same told by positions, where that can be."""
        if not self._consecutive:
            return self.mask(window, device)
        keys = self.key_positions(window).to(device)
        return Band(self.positions.to(device), keys, window, len(keys) - len(self.positions))


class LastToken(Plan):
    """One new token over keys that it all sees: no mask."""

    def mask(self, window: int | None, device: torch.device | None = None) -> None:
        return None


class Sequence:
    """A sequence of its own from position 0, nothing kept but the routing (gradients flow through its tensors)."""

    def __init__(self, config: ModelConfig, n_tokens: int, device):
        self.positions = torch.arange(n_tokens, device=device)
        self.routing: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # a layer: logits, ids, weights

    def begin(self, n_new: int) -> Plan:
        return Plan(self.positions, lambda window: self.positions, consecutive=True)

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        return k, v

    def routed(self, layer: int, logits, ids, weights) -> None:
        self.routing.append((logits, ids, weights))

    def advance(self, n_new: int) -> None:
        """Nothing to move: the sequence ends here."""


class Packed(Sequence):
    """Several sequences one after the other in one row of tokens, each from position 0 and none seeing another."""

    def __init__(self, config: ModelConfig, lengths: list[int], device):
        super().__init__(config, sum(lengths), device)
        self.lengths, self._places = lengths, self.positions
        starts = torch.tensor([0, *lengths[:-1]]).cumsum(0)
        self._starts = starts.repeat_interleave(torch.tensor(lengths)).to(device=device, dtype=torch.int32)
        self.positions = self._places - self._starts

    def begin(self, n_new: int) -> Plan:
        return _SideBySide(self.positions, self._places, self._starts)


class _SideBySide(Plan):
    def __init__(self, positions: torch.Tensor, places: torch.Tensor, starts: torch.Tensor):
        super().__init__(positions, lambda window: positions)
        self._places, self._starts = places, starts

    def mask(self, window: int | None, device: torch.device | None = None) -> torch.Tensor:
        return self.band(window, device).tensor()

    def band(self, window: int | None, device: torch.device | None = None) -> Band:
        places = self._places.to(device)
        return Band(places, places, window, 0, self._starts.to(device))
