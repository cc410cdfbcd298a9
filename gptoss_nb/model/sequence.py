"""What a forward pass needs to know of the tokens around it: positions, masks, keys and values, and where routing goes.

`Sequence` is the plain case, a whole sequence (or a batch of equally long ones) from position 0; kv_cache.KVCache and
BatchCache offer the same four methods (begin, extend, routed, advance) over what came before.
"""

import torch

from ..config import ModelConfig


class Plan:
    """Positions (..., T) of the new tokens, and a mask for each kind of layer, made once a pass."""

    def __init__(self, positions: torch.Tensor, key_positions):
        """`key_positions(window)` gives (..., S), the positions of the keys in the order that `extend` returns them."""
        self.positions, self.key_positions, self._masks = positions, key_positions, {}

    def mask(self, window: int | None, device: torch.device | None = None) -> torch.Tensor | None:
        """(..., T, S) on `device`, True where a query sees a key: none later than itself, the last `window` of them."""
        if (window, device) not in self._masks:
            self._masks[window, device] = visible(self.positions, self.key_positions(window), window).to(device)
        return self._masks[window, device]


class LastToken(Plan):
    """One new token over keys that it all sees: no mask."""

    def mask(self, window: int | None, device: torch.device | None = None) -> None:
        return None


def visible(queries: torch.Tensor, keys: torch.Tensor, window: int | None) -> torch.Tensor:
    """(..., T, S) from positions (..., T) and (..., S)."""
    distance = queries.unsqueeze(-1) - keys.unsqueeze(-2)
    return distance >= 0 if window is None else (distance >= 0) & (distance < window)


class Sequence:
    """A sequence of its own from position 0, nothing kept but the routing (gradients flow through its tensors)."""

    def __init__(self, config: ModelConfig, n_tokens: int, device):
        self.positions = torch.arange(n_tokens, device=device)
        self.routing: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # a layer: logits, ids, weights

    def begin(self, n_new: int) -> Plan:
        return Plan(self.positions, lambda window: self.positions)

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        return k, v

    def routed(self, layer: int, logits, ids, weights) -> None:
        self.routing.append((logits, ids, weights))

    def advance(self, n_new: int) -> None:
        """Nothing to move: the sequence ends here."""
