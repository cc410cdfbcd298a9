"""Batches for training: examples of like length side by side, after the system message that all of one effort share.

The system message is a third of an average example and the same in all of them, so it is run once for each effort
(`Prefix`), and the examples attend to it as they would if it stood before each. Called by train.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from ..chat import harmony
from ..chat.tokenizer import Tokenizer
from ..config import ModelConfig
from ..model.sequence import Plan, Sequence
from ..model.transformer import Transformer
from . import corpus

PARTS, PART_TOKENS = 2, 1536  # a step: shorter and longer examples, about so many tokens of each
POOL = 32  # steps whose examples are drawn together and sorted by length, so that little is padding
IGNORED = -100


@dataclass(frozen=True)
class Part:
    """ids and targets (B, T) int64 after the prefix, target IGNORED where nothing is learned; effort (B,) by number."""

    ids: torch.Tensor
    targets: torch.Tensor
    effort: torch.Tensor


def prefixes(tokenizer: Tokenizer) -> torch.Tensor:
    """(efforts, P): the system message at each effort."""
    frame = len(harmony.continuation(tokenizer, []))
    return torch.tensor([harmony.encode(tokenizer, [], effort=e, identity=corpus.IDENTITY)[:-frame] for e in corpus.EFFORTS])


def steps(tokenizer: Tokenizer, seed: int, first: int) -> Iterator[list[Part]]:
    """The parts of each step from number `first` on; a step is always the same under one seed."""
    skip = prefixes(tokenizer).shape[1]
    for pool in range(first // POOL, 10**9):
        made = _pool(tokenizer, random.Random(f"{seed} {pool}"), skip)
        yield from made[first - pool * POOL if pool == first // POOL else 0 :]


def _pool(tokenizer: Tokenizer, rng: random.Random, skip: int) -> list[list[Part]]:
    rows, tokens, wanted = [], 0, POOL * PARTS * PART_TOKENS
    while tokens < wanted:
        example = corpus.example(rng)
        prompt, reply = example.prompt_ids(tokenizer)[skip:], example.reply_ids(tokenizer)
        rows.append((prompt, reply, corpus.EFFORTS.index(example.effort)))
        tokens += len(prompt) + len(reply)
    rows.sort(key=lambda row: len(row[0]) + len(row[1]))
    shares, done = [[] for _ in range(POOL * PARTS)], 0
    for row in rows:
        shares[done * POOL * PARTS // tokens].append(row)
        done += len(row[0]) + len(row[1])
    pad = tokenizer.control_id("<|endoftext|>")
    by_length = [[_part(share, pad) for share in shares[i * POOL : (i + 1) * POOL]] for i in range(PARTS)]
    for parts in by_length:
        rng.shuffle(parts)
    return [list(parts) for parts in zip(*by_length)]


def _part(rows, pad: int) -> Part:
    width = max(len(prompt) + len(reply) for prompt, reply, _ in rows) - 1
    ids, targets = torch.full((len(rows), width), pad), torch.full((len(rows), width), IGNORED)
    for i, (prompt, reply, _) in enumerate(rows):
        whole = torch.tensor(prompt + reply)
        ids[i, : len(whole) - 1] = whole[:-1]
        targets[i, len(prompt) - 1 : len(whole) - 1] = whole[len(prompt) :]
    return Part(ids, targets, torch.tensor([effort for _, _, effort in rows]))


class Prefix(Sequence):
    """A sequence that keeps its keys and values for what comes after it; gradients flow back through them."""

    def __init__(self, config: ModelConfig, n_tokens: int):
        super().__init__(config, n_tokens, "cpu")
        self.keys_values: list[tuple[torch.Tensor, torch.Tensor]] = []

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        self.keys_values.append((k, v))
        return k, v


class After(Sequence):
    """A batch of sequences, each after the prefix of its effort."""

    def __init__(self, config: ModelConfig, prefix: Prefix, part: Part):
        n_before, n_new = len(prefix.positions), part.ids.shape[1]
        super().__init__(config, n_before + n_new, "cpu")
        self._prefix, self._effort, self._n_before = prefix, part.effort, n_before

    def begin(self, n_new: int) -> Plan:
        return Plan(self.positions[self._n_before :], lambda window: self.positions)

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        before = self._prefix.keys_values[layer]
        return tuple(torch.cat([old.index_select(0, self._effort), new], dim=1) for old, new in zip(before, (k, v)))


def forward(model: Transformer, prefix_ids: torch.Tensor, part: Part) -> tuple[torch.Tensor, Sequence]:
    """Logits (B, T, V) of a part, and its sequence, which holds the routing."""
    prefix = Prefix(model.config, prefix_ids.shape[1])
    model.forward(prefix_ids, prefix)
    sequence = After(model.config, prefix, part)
    return model.forward(part.ids, sequence), sequence
