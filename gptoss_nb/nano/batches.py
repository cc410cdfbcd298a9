"""Batches for training: examples of like length side by side, after the system message that all of one effort share.

The system message is a third of an average example and the same in all of them, so it is run once for each effort
(`Prefix`), and the examples attend to it as they would if it stood before each. Called by train and passes.
"""

import multiprocessing
import random
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, islice

import torch
import torch.nn.functional as F

from ..chat import harmony
from ..chat.tokenizer import Tokenizer
from ..config import ModelConfig
from ..model.sequence import Plan, Sequence
from ..model.transformer import Transformer
from . import corpus

PARTS = 2  # of a step: shorter and longer examples
PART_TOKENS = {"cuda": 32768, "cpu": 3072}  # about so many tokens in each
# of the parts for a GPU, each captured once: a tenth is padding; one example in tens of thousands is longer
WIDTHS = (48, 60, 72, 84, 96, 112, 128, 152, 176, 208, 240, 272, 320, 400, 512, 704)
POOL = 32  # steps whose examples are drawn together and sorted by length, so that little is padding
IGNORED = -100


@dataclass(frozen=True)
class Part:
    """ids and targets (B, T) int64 after the prefix, target IGNORED where nothing is learned; effort (B,) by number; learned
    (n,), the places in the flattened ids where something is: found beforehand, as a GPU would have to be waited for."""

    ids: torch.Tensor
    targets: torch.Tensor
    effort: torch.Tensor
    learned: torch.Tensor

    def to(self, device: str) -> "Part":
        """As int64. To a GPU from pinned memory: otherwise the host would wait until the GPU has done what it was given before."""
        own = (self.ids, self.targets, self.effort, self.learned)
        own = [tensor.pin_memory() for tensor in own] if device == "cuda" else own
        return Part(*(tensor.to(device, non_blocking=True).long() for tensor in own))


def prefixes(tokenizer: Tokenizer) -> torch.Tensor:
    """(efforts, P): the system message at each effort, up to where tools would be mentioned."""
    frame = len(harmony.continuation(tokenizer, [])) + 1
    return torch.tensor([harmony.encode(tokenizer, [], effort=e, identity=corpus.IDENTITY)[:-frame] for e in corpus.EFFORTS])


def steps(
    tokenizer: Tokenizer, seed: int, first: int, last: int, part_tokens: int, processes: int = 0, widths: tuple[int, ...] | None = None
) -> Iterator[list[Part]]:
    """The parts of the steps from number `first` to before `last`, each of about `part_tokens`; a step is always the same
    under one seed. With `processes`, so many others draw ahead. With `widths`, examples are padded to the next of these, and there is one
    size of part for each; longer examples are left out."""
    pools = range(first // POOL, -(-last // POOL))
    if processes:
        made = _drawn_ahead(partial(_pool_as_arrays, tokenizer, seed, part_tokens, widths), pools, processes)
    else:
        made = (_pool(tokenizer, seed, part_tokens, widths, pool) for pool in pools)
    yield from islice(chain.from_iterable(made), first % POOL, first % POOL + last - first)


def _drawn_ahead(draw, pools: range, processes: int) -> Iterator[list[list[Part]]]:
    """In order, no more of them waiting than keep the processes busy."""
    # spawned, as a process that uses CUDA cannot be forked
    with multiprocessing.get_context("spawn").Pool(processes) as workers:
        numbers = iter(pools)
        waiting = deque(workers.apply_async(draw, (pool,)) for pool in islice(numbers, 2 * processes))
        while waiting:
            made = waiting.popleft().get()
            waiting.extend(workers.apply_async(draw, (pool,)) for pool in islice(numbers, 1))
            yield [[Part(*map(torch.from_numpy, part)) for part in parts] for parts in made]


def _pool_as_arrays(tokenizer: Tokenizer, seed: int, part_tokens: int, widths, pool: int):
    """A tensor would be sent between processes through a file of its own, thousands in all."""
    torch.set_num_threads(1)
    steps = _pool(tokenizer, seed, part_tokens, widths, pool)
    return [[tuple(tensor.numpy() for tensor in vars(part).values()) for part in parts] for parts in steps]


def _pool(tokenizer: Tokenizer, seed: int, part_tokens: int, widths, pool: int) -> list[list[Part]]:
    rng, skip, n = random.Random(f"{seed} {pool}"), prefixes(tokenizer).shape[1], POOL * PARTS
    # of parts of fixed widths some are left over: those are not as full
    rows, tokens, wanted = [], 0, n * part_tokens * (1.05 if widths else 1)
    while tokens < wanted:
        example = corpus.example(rng)
        prompt, (reply, learned) = example.prompt_ids(tokenizer)[skip:], example.reply(tokenizer)
        rows.append((prompt + reply, [False] * len(prompt) + learned, corpus.EFFORTS.index(example.effort)))
        tokens += len(rows[-1][0])
    rows.sort(key=lambda row: len(row[0]))
    shares = _of_widths(rows, widths, part_tokens, rng) if widths else _of_like_length(rows, n)
    shares = [shares[i] for i in sorted(rng.sample(range(len(shares)), n))] if widths else shares
    pad = tokenizer.control_id("<|endoftext|>")
    by_length = [[_part(share, width, pad) for share, width in shares[i * POOL : (i + 1) * POOL]] for i in range(PARTS)]
    for parts in by_length:
        rng.shuffle(parts)
    return [list(parts) for parts in zip(*by_length)]


def _of_like_length(rows, n: int) -> list[tuple[list, int]]:
    """`n` shares (rows, width) of about as many tokens each."""
    before = list(accumulate((n * len(row[0]) for row in rows), initial=0))
    cuts = [*(bisect_left(before, i * before[-1] // n) for i in range(n)), len(rows)]
    for i in reversed(range(n)):  # a row longer than a share would leave none for the next
        cuts[i] = min(cuts[i], cuts[i + 1] - 1)
    shares = [rows[begin:end] for begin, end in zip(cuts, cuts[1:])]
    return [(share, len(share[-1][0]) - 1) for share in shares]


def _of_widths(rows, widths, part_tokens: int, rng: random.Random) -> list[tuple[list, int]]:
    """Shares (rows, width), each of as many rows as make up `part_tokens`. What fills no share of one width goes into the next; the last
    is filled up with rows that are there already."""
    shares, rest, done = [], [], 0
    for width in widths:
        end, size = bisect_right(rows, width + 1, key=lambda row: len(row[0])), part_tokens // width
        rest, done = rest + rows[done:end], end
        while len(rest) >= size:
            shares.append((rest[:size], width))
            rest = rest[size:]
    if rest:
        shares.append((rest + rng.sample(rows[:done], size - len(rest)), width))
    return shares


def _part(rows, width: int, pad: int) -> Part:
    ids, targets = (torch.full((len(rows), width), fill, dtype=torch.int16) for fill in (pad, IGNORED))
    for i, (row, learned, _) in enumerate(rows):
        whole, learned = torch.tensor(row, dtype=torch.int16), torch.tensor(learned)
        ids[i, : len(whole) - 1] = whole[:-1]
        targets[i, : len(whole) - 1] = whole[1:].where(learned[1:], IGNORED)
    effort = torch.tensor([effort for _, _, effort in rows], dtype=torch.int16)
    return Part(ids, targets, effort, (targets != IGNORED).flatten().nonzero().flatten().int())


class Prefix(Sequence):
    """A sequence that keeps its keys and values for what comes after it; gradients flow back through them."""

    def __init__(self, config: ModelConfig, n_tokens: int, device):
        super().__init__(config, n_tokens, device)
        self.keys_values: list[tuple[torch.Tensor, torch.Tensor]] = []

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        self.keys_values.append((k, v))
        return k, v


class After(Sequence):
    """A batch of sequences, each after the prefix of its effort."""

    def __init__(self, config: ModelConfig, prefix: Prefix, part: Part):
        n_before, n_new = len(prefix.positions), part.ids.shape[1]
        super().__init__(config, n_before + n_new, part.ids.device)
        n_efforts = len(prefix.keys_values[0][0])
        self._prefix, self._effort, self._n_before = prefix, F.one_hot(part.effort, n_efforts), n_before  # (B, efforts)

    def begin(self, n_new: int) -> Plan:
        return Plan(self.positions[self._n_before :], lambda window: self.positions)

    def extend(self, layer: int, k: torch.Tensor, v: torch.Tensor):
        # a product with one 1 a row takes what belongs to the effort; its gradient is a product too, where that of an index would
        # add the rows one by one, in bfloat16
        before = (torch.tensordot(self._effort.to(old.dtype), old, 1) for old in self._prefix.keys_values[layer])
        return tuple(torch.cat([old, new], dim=1) for old, new in zip(before, (k, v)))


def forward(model: Transformer, prefix_ids: torch.Tensor, part: Part) -> tuple[torch.Tensor, Sequence]:
    """Logits (n, V) where the part has something to learn, row by row, and its sequence, which holds the routing."""
    prefix = Prefix(model.config, prefix_ids.shape[1], prefix_ids.device)
    model.blocks(prefix_ids, prefix)
    sequence = After(model.config, prefix, part)
    return model.unembed(model.blocks(part.ids, sequence).flatten(0, 1).index_select(0, part.learned)), sequence
