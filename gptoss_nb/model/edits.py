"""Edits: what a user changes inside the model, written as a chain of calls, and the tensors that the operations read.

No weight is ever changed. `Edits` is plain data (it compares, hashes, prints and knows no model); `tensors(config)` checks
it against a model. Called by session and magics above, read by the transformer.
"""

import math
import operator
import re
from dataclasses import dataclass

import torch

from ..config import ModelConfig
from ..errors import EditError

_WORD = re.compile(r"L(\d{1,6})\.([EH])(\d{1,6})=(\S+)", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII)
FORCED = 1e9  # above any router logit; finite, so that several forced experts still rank by their own logits


@dataclass(frozen=True)
class Edit:
    kind: str  # ablate, boost, force, head, residual
    layer: int
    index: int | None  # expert or head
    value: float | tuple[float, ...] | None

    def __str__(self) -> str:
        letter = "H" if self.kind == "head" else "E"
        place = f"L{self.layer:02d}" if self.index is None else f"L{self.layer:02d}.{letter}{self.index:02d}"
        match self.kind:
            case "ablate":
                return f"{place}=off"
            case "force":
                return f"{place}=on"
            case "boost":
                return f"{place}={_short(self.value, '+')}"
            case "head":
                return f"{place}={_short(self.value)}"
            case _:
                return f"{place}+vector"


@dataclass(frozen=True)
class Edits:
    """A chain of edits, each call giving a new one: `Edits().ablate_expert(3, 7).scale_head(2, 5, 0.0)`."""

    steps: tuple[Edit, ...] = ()

    def ablate_expert(self, layer: int, expert: int) -> "Edits":
        """The expert is never chosen; the four best of the rest are."""
        return self._with("ablate", layer, expert)

    def boost_expert(self, layer: int, expert: int, by: float) -> "Edits":
        """Adds `by` to the expert's router logit: it is chosen more often and weighs more."""
        return self._with("boost", layer, expert, _number(by))

    def force_expert(self, layer: int, expert: int) -> "Edits":
        """The expert is always among the chosen; its weight stays what its logit says."""
        return self._with("force", layer, expert)

    def scale_head(self, layer: int, head: int, gain: float) -> "Edits":
        """Multiplies what the head writes; 0 switches it off."""
        return self._with("head", layer, head, _number(gain))

    def add_residual(self, layer: int, vector) -> "Edits":
        """Adds a vector (D,) to the residual stream after the layer, at every position."""
        try:
            values = list(vector.tolist() if hasattr(vector, "tolist") else vector)
        except TypeError:
            raise EditError(f"The added vector is {type(vector).__name__}.", "Give as many numbers as the residual stream is wide.") from None
        return self._with("residual", layer, None, tuple(_number(v) for v in values))

    def _with(self, kind, layer, index, value=None) -> "Edits":
        return Edits((*self.steps, Edit(kind, _plain(layer), _plain(index), value)))

    def __str__(self) -> str:
        return " ".join(map(str, self.steps))

    @classmethod
    def parse(cls, words) -> "Edits":
        """From words as `str` writes them, all but added vectors: L3.E07=off, L3.E07=on, L2.E02=+2 (or -1.5), L1.H05=0. Errors: EditError."""
        edits = cls()
        listed = words.split() if isinstance(words, str) else list(words) if isinstance(words, list | tuple) else [words]
        for word in listed:
            found = _WORD.fullmatch(word) if isinstance(word, str) else None
            layer, letter, index, value = (found[1], found[2].upper(), found[3], found[4].lower()) if found else ("", "", "", "")
            number = _NUMBER.fullmatch(value)
            if letter == "H" and number:
                edits = edits.scale_head(int(layer), int(index), float(value))
            elif letter == "E" and value in ("off", "on"):
                edits = (edits.ablate_expert if value == "off" else edits.force_expert)(int(layer), int(index))
            elif letter == "E" and number and value[0] in "+-":
                edits = edits.boost_expert(int(layer), int(index), float(value))
            else:
                raise EditError(f"{word!r} is no edit.", "Write L3.E07=off, L3.E07=on, L2.E02=+2 for an expert, L1.H05=0 for a head.")
        return edits

    def __add__(self, other: "Edits") -> "Edits":
        return Edits(self.steps + other.steps)

    def as_dicts(self) -> list[dict]:
        """Plain JSON values, for a trace's badge; `from_dicts` reads them back."""
        return [{"kind": s.kind, "layer": s.layer, "index": s.index, "value": s.value} for s in self.steps]

    @classmethod
    def from_dicts(cls, values) -> "Edits":
        """Errors: EditError for what `as_dicts` did not write; a trace's file may hold anything."""
        edits = cls()
        for value in values if isinstance(values, list | tuple) else [values]:
            try:
                kind, layer, index, amount = value["kind"], value["layer"], value["index"], value["value"]
                apply = {
                    "ablate": lambda: edits.ablate_expert(layer, index),
                    "force": lambda: edits.force_expert(layer, index),
                    "boost": lambda: edits.boost_expert(layer, index, amount),
                    "head": lambda: edits.scale_head(layer, index, amount),
                    "residual": lambda: edits.add_residual(layer, amount),
                }[kind]
                edits = apply()
            except (KeyError, TypeError, IndexError):
                raise EditError("The trace's edits cannot be read.", "Record it again with model.trace(...).") from None
        return edits

    def __bool__(self) -> bool:
        return bool(self.steps)

    def tensors(self, config: ModelConfig, device=None) -> "EditTensors":
        """Checked against the model. Errors: EditError with the valid range."""
        if not self.steps:
            return NO_EDITS
        shape = (config.n_layers, config.n_experts)
        selection, logit = torch.zeros(shape), torch.zeros(shape)
        head, residual = torch.ones(config.n_layers, config.n_heads), torch.zeros(config.n_layers, config.hidden_size)
        for step in self.steps:
            _check(step, config)
            place = (step.layer, step.index)
            match step.kind:
                case "ablate":
                    selection[place] = -torch.inf
                case "force":
                    selection[place] = FORCED
                case "boost":
                    logit[place] += step.value
                case "head":
                    head[place] *= step.value
                case "residual":
                    residual[step.layer] += torch.tensor(step.value)
        if not all(made.isfinite().all() for made in (logit, head, residual)):
            raise EditError("These edits add up to a number that float32 cannot hold.", "Use smaller values.")
        left = (selection > -torch.inf).sum(-1)
        for layer in (left < config.experts_per_token).nonzero().flatten().tolist():
            raise EditError(
                f"Only {left[layer]} experts are left in layer {layer}, and each token needs {config.experts_per_token}.",
                f"Leave at least {config.experts_per_token} of its {config.n_experts} experts on.",
            )
        kinds = {step.kind for step in self.steps}
        return EditTensors(
            selection.to(device) if kinds & {"ablate", "force"} else None,
            logit.to(device) if "boost" in kinds else None,
            head.to(device) if "head" in kinds else None,
            residual.to(device) if "residual" in kinds else None,
        )


def _short(value: float, sign: str = "") -> str:
    """Six digits where they are the number, else all."""
    text = f"{value:{sign}g}"
    return text if float(text) == value else f"{value:{sign}}"


def _plain(place):
    """numpy's whole numbers as int, so that edits compare and become JSON; anything else is refused by `_check`."""
    try:
        return place if isinstance(place, bool) else operator.index(place)
    except TypeError:
        return place


def _number(value) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise EditError(f"An edit's value is {value!r}.", "Give a finite number.")
    return number


def _check(step: Edit, config: ModelConfig) -> None:
    limits = [("layer", step.layer, config.n_layers)]
    if step.kind == "head":
        limits.append(("head", step.index, config.n_heads))
    elif step.kind != "residual":
        limits.append(("expert", step.index, config.n_experts))
    elif len(step.value) != config.hidden_size:
        raise EditError(f"The added vector has {len(step.value)} numbers.", f"The residual stream of this model has {config.hidden_size}.")
    for name, value, limit in limits:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < limit:
            raise EditError(f"There is no {name} {value!r} in this model.", f"Its {name}s are 0 to {limit - 1}.")


@dataclass(frozen=True)
class EditTensors:
    """What the operations read, a row a layer; None is the identity, which costs nothing and changes no bit."""

    selection: torch.Tensor | None = None  # (L, E)
    logit: torch.Tensor | None = None  # (L, E)
    head: torch.Tensor | None = None  # (L, H)
    added: torch.Tensor | None = None  # (L, D)

    def selection_bias(self, layer: int):
        return None if self.selection is None else self.selection[layer]

    def logit_bias(self, layer: int):
        return None if self.logit is None else self.logit[layer]

    def head_gain(self, layer: int):
        return None if self.head is None else self.head[layer]

    def residual(self, layer: int):
        return None if self.added is None else self.added[layer]


NO_EDITS = EditTensors()
