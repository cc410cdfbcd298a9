"""Sampling: from logits to one token id. Called by the generator for each token; the same seed gives the same ids again."""

import math
import operator
from dataclasses import dataclass

import torch

from ..errors import EditError, OptionError


@dataclass(frozen=True)
class Sampling:
    """How to sample, checked. `temperature` 0 is greedy; `top_p` 1 and `top_k` 0 keep every token; `seed` None is chance."""

    max_tokens: int = 512
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None

    def __post_init__(self):
        made = {
            "max_tokens": _whole("max_tokens", self.max_tokens, 1, "1 or above"),
            "top_k": _whole("top_k", self.top_k, 0, "0 (all) or above"),
            "temperature": _real("temperature", self.temperature, lambda t: t >= 0, "0 (greedy) or above"),
            "top_p": _real("top_p", self.top_p, lambda p: 0 < p <= 1, "above 0, at most 1"),
            "seed": None if self.seed is None else _whole("seed", self.seed, -(2**63), "within 64 bits"),
        }
        for name, value in made.items():  # numpy's numbers become plain ones
            object.__setattr__(self, name, value)


ALTERNATIVES = 5  # likeliest tokens told for each place


def likeliest(logprobs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and log-probabilities (..., ALTERNATIVES), or fewer where the vocabulary is smaller, the greatest first."""
    best = logprobs.topk(min(ALTERNATIVES, logprobs.shape[-1]))
    return best.indices, best.values


class Sampler:
    """Draws one id after the other; keeps its own random state, so nothing else disturbs it."""

    def __init__(self, sampling: Sampling):
        self.sampling = sampling
        self.random = torch.Generator()
        self.random.seed() if sampling.seed is None else self.random.manual_seed(sampling.seed)

    def skip(self, draws: int, vocab_size: int) -> None:
        """Uses up the random numbers of so many draws, as a reply that is taken up has made them before."""
        size = self.sampling.top_k and min(self.sampling.top_k, vocab_size) or vocab_size
        for _ in range(draws if self.sampling.temperature else 0):
            torch.multinomial(torch.ones(size, dtype=torch.float64), 1, generator=self.random)

    def draw(self, logits: torch.Tensor) -> tuple[int, float]:
        """From float32 logits (V,): the id and its natural log-probability under the model, before temperature and cuts.

        Errors: EditError for logits that are not finite."""
        logprobs = logits.log_softmax(-1)
        if logprobs.max().isnan():
            raise EditError("The model's numbers have overflowed.", "Use smaller values in the edits; without any, the files are damaged.")
        token = int(logits.argmax()) if self.sampling.temperature == 0 else self._draw(logprobs)
        return token, float(logprobs[token])

    def _draw(self, logprobs: torch.Tensor) -> int:
        s = self.sampling
        # tiny temperatures overflow float32; the largest stays 0 and the rest goes to -inf, which is the limit
        scaled = ((logprobs - logprobs.max()).double() / s.temperature).cpu()
        if s.top_k == 0 and s.top_p == 1:
            return int(torch.multinomial(scaled.softmax(-1), 1, generator=self.random))
        order = scaled.argsort(descending=True, stable=True)
        order = order[: s.top_k] if s.top_k else order
        probabilities = scaled[order].softmax(-1)
        # the smallest set that reaches top_p: a token stays while those before it have not reached it
        probabilities[probabilities.cumsum(-1) - probabilities >= s.top_p] = 0
        return int(order[torch.multinomial(probabilities, 1, generator=self.random)])


def _whole(name: str, value, least: int, wanted: str) -> int:
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number < 2**63:
        raise OptionError(f"{name} is {value!r}.", f"Give a whole number, {wanted}.")
    return number


def _real(name: str, value, valid, wanted: str) -> float:
    try:
        number = math.nan if isinstance(value, bool | str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or not valid(number):
        raise OptionError(f"{name} is {value!r}.", f"Give a number {wanted}.")
    return number
