"""What nano's experts and heads do, each measure beside what chance gives: experts by family and language, load, sinks and
distances, induction heads, heads that look a name up, and the layer in which a carry is decided. Called by evaluate.
"""

import random
import string

import numpy as np

from ..chat import harmony
from ..trace import counting
from . import corpus
from .accuracy import unseen
from .families import translation

SHUFFLES = 50
LANGUAGES = ("English", "French", "German", "Spanish")


def report(model, dialogues: int = 300) -> str:
    """All measures as text; `dialogues` of each are looked at, fewer where attention is."""
    few = max(dialogues // 5, 12)
    sections = [
        specialisation("Family and expert", model, *routing(model, dialogues)),
        specialisation("Language and expert, tokens of the translation", model, *language_routing(model, dialogues)),
        sinks_and_distances(model, few),
        best_heads("Induction: a random string for the second time, attention to the token after its last occurrence",
                   model, [induction(model, number) for number in range(few)]),
        best_heads("Look-up: about to say the user's name, attention to it in the user's earlier turn",
                   model, name_lookups(model, few)),
        carry(model, few),
    ]  # fmt: skip
    return "\n\n".join(sections)


def _skip(model) -> int:
    """Tokens of the system message, the same in all dialogues."""
    tokenizer = model.tokenizer
    return len(harmony.encode(tokenizer, [], identity=corpus.IDENTITY)) - len(harmony.continuation(tokenizer, []))


def routing(model, n: int):
    """Families (T,), texts (T,) and experts (L, T, A) of the tokens after the system message, over n whole dialogues."""
    families, texts, experts = [], [], []
    for number, family in enumerate(corpus.MIX):
        for k, example in enumerate(unseen(family, "medium", max(n // len(corpus.MIX), 2))):
            chosen = model.trace(example.prompt_ids(model.tokenizer) + example.reply_ids(model.tokenizer)).expert_ids[:, _skip(model) :]
            families.append(np.full(chosen.shape[1], number))
            texts.append(np.full(chosen.shape[1], number * n + k))
            experts.append(chosen)
    return np.concatenate(families), np.concatenate(texts), np.concatenate(experts, axis=1)


def language_routing(model, n: int):
    """As `routing`, of the entries of the phrasebook themselves, each alone in its language."""
    languages, texts, experts = [], [], []
    entries = random.Random("languages").sample(translation.ENTRIES, min(n // 4, len(translation.ENTRIES)))
    for number in range(len(LANGUAGES)):
        for k, entry in enumerate(entries):
            ids = harmony.encode(model.tokenizer, [{"role": "user", "content": entry[number]}], identity=corpus.IDENTITY)
            length = len(model.tokenizer.encode(entry[number]))
            chosen = model.trace(ids).expert_ids[:, -length - 3 : -3]  # before <|end|><|start|>assistant
            languages.append(np.full(length, number))
            texts.append(np.full(length, number * n + k))
            experts.append(chosen)
    return np.concatenate(languages), np.concatenate(texts), np.concatenate(experts, axis=1)


def specialisation(title: str, model, labels, texts, experts) -> str:
    """By layer: information between a token's label and its expert, beside the same with labels shuffled over texts; and
    the smallest and largest share of an expert, as a multiple of its fair one."""
    n_experts, rng = model.config.n_experts, np.random.default_rng(0)
    lines = [f"{title}: {len(labels):,} tokens of {len(np.unique(texts))} texts; shuffled: mean and largest of {SHUFFLES}",
             "layer   information   shuffled (max)   least used   most used"]  # fmt: skip
    for layer, chosen in enumerate(experts):
        found = counting.mutual_information(labels, chosen, n_experts)
        null = [counting.mutual_information(counting.shuffled(labels, texts, rng), chosen, n_experts) for _ in range(SHUFFLES)]
        share = counting.load(chosen, n_experts) * n_experts
        lines.append(f"L{layer:02d}    {found:>6.3f} bits   {np.mean(null):>6.3f} ({max(null):.3f})   "
                     f"{share.min():>9.2f}x  {share.max():>9.2f}x")  # fmt: skip
    return "\n".join(lines)


def sinks_and_distances(model, n: int) -> str:
    """By layer: mass on the sink, and how far back the rest looks, beside an even look at all that the layer sees."""
    c, totals = model.config, []
    for example in _mixed(n):
        trace = model.trace(example.prompt_ids(model.tokenizer) + example.reply_ids(model.tokenizer))
        for layer, window in enumerate(c.sliding_windows):
            found = model.attention(trace, layer)
            rows = np.arange(trace.n_tokens)
            distance = rows[:, None] - rows[None, :]
            seen = (distance >= 0) & (distance < (window or trace.n_tokens))
            even_distance = (distance * seen).sum(1) / seen.sum(1)
            looked = (found.pattern * distance).sum(-1) / found.pattern.sum(-1).clip(1e-9)
            totals.append((layer, found.sink_mass.mean(1), looked.mean(1), even_distance.mean(), (1 / (seen.sum(1) + 1)).mean()))
    lines = [f"Sinks and distances, {n} dialogues: mean, and the heads' smallest and largest; even: the same look at every token",
             "layer            sink mass   even      tokens back   even"]  # fmt: skip
    for layer, window in enumerate(c.sliding_windows):
        own = [entry[1:] for entry in totals if entry[0] == layer]
        sink, looked = (np.mean([entry[k] for entry in own], axis=0) for k in (0, 1))
        even, even_sink = (np.mean([entry[k] for entry in own]) for k in (2, 3))
        kind = "full  " if window is None else "window"
        lines.append(f"L{layer:02d} {kind}   {sink.mean():.0%} ({sink.min():.0%}-{sink.max():.0%})   {even_sink:.0%}   "
                     f"{looked.mean():>6.1f} ({looked.min():.1f}-{looked.max():.1f})   {even:.1f}")  # fmt: skip
    return "\n".join(lines)


def _mixed(n: int) -> list[corpus.Example]:
    families = list(corpus.MIX)
    return [unseen(families[k % len(families)], "medium", k // len(families) + 1)[-1] for k in range(n)]


def best_heads(title: str, model, cases, show: int = 6) -> str:
    """The heads with most attention from a row to its columns. cases: (ids, [(row, columns)]). Even: the share of these columns
    among the tokens that the row sees; other heads: the median over all."""
    c = model.config
    mass, even = np.zeros((c.n_layers, c.n_heads)), np.zeros(c.n_layers)
    count = 0
    for ids, places in cases:
        trace, rows = model.trace(ids), [row for row, _ in places]
        count += len(rows)
        for layer, window in enumerate(c.sliding_windows):
            pattern = model.attention(trace, layer, rows=rows).pattern  # (H, rows, S)
            for k, (row, columns) in enumerate(places):
                mass[layer] += pattern[:, k, columns].sum(-1)
                first = 0 if window is None else max(0, row - window + 1)
                even[layer] += sum(column >= first for column in columns) / (row + 1 - first)
    mass, even = mass / count, even / count
    order = sorted(((mass[layer, head], layer, head) for layer in range(c.n_layers) for head in range(c.n_heads)), reverse=True)[:show]
    lines = [f"{title}; {count} places; median of all heads {np.median(mass):.1%}"]
    lines += [f"L{layer:02d}.H{head:02d}  {share:.0%}   even {even[layer]:.1%}" for share, layer, head in order]
    return "\n".join(lines)


def induction(model, number: int):
    """A string of letters and digits that repeats once, in the form of the family: from the copy's tokens to what comes after
    the same token before."""
    rng = random.Random(f"induction {number}")
    signs = rng.sample(string.ascii_lowercase + string.digits, 14)  # no sign twice: one place alone is right
    tokenizer, text = model.tokenizer, "".join(signs)
    prompt = harmony.encode(tokenizer, [{"role": "user", "content": f"Repeat: {' '.join(signs)}"}], effort="low", identity=corpus.IDENTITY)
    reply = tokenizer.encode(" ".join(signs))
    head = harmony.continuation(tokenizer, [{"role": "assistant", "channel": "final", "content": ""}])[2:-3]
    ids = prompt + head + reply
    start, places = len(prompt) + len(head), []
    for row in range(start + 2, len(ids) - 1):
        if ids[row] in ids[:start][-80:]:
            before = max(k for k in range(start) if ids[k] == ids[row])
            if ids[before + 1] == ids[row + 1]:
                places.append((row, [before + 1]))
    assert places, text
    return ids, places


def name_lookups(model, n: int) -> list:
    """Conversations that ask for a name told in an earlier turn: from the token before the answer says it."""
    tokenizer, prefix, cases = model.tokenizer, "Your name is ", []
    for example in unseen("memory", "low", 40 * n, turns=2):
        if len(cases) == n or not example.answer.startswith(prefix):
            continue
        name = tokenizer.encode(f" {example.answer.removeprefix(prefix).rstrip('.')}")
        prompt, reply = example.prompt_ids(tokenizer), example.reply_ids(tokenizer)
        row = len(prompt) + next(k for k in range(len(reply)) if reply[k : k + len(name)] == name) - 1
        columns = [k + j for k in range(len(prompt)) if prompt[k : k + len(name)] == name for j in range(len(name))]
        if columns:
            cases.append((prompt + reply, [(row, columns)]))
    return cases


def carry(model, n: int) -> str:
    """In the working of a sum, `8+7+0=15, 3+2+1=6`, what each layer would say where the carry is written: share right among 0
    and 1, beside always saying the commoner one."""
    tokenizer = model.tokenizer
    zero, one = (tokenizer.encode(digit)[0] for digit in "01")
    plus, comma = tokenizer.encode("+")[-1], tokenizer.encode(",")[0]
    network = model.generator.model
    right, wanted = [], []
    for example in unseen("large_sums", "medium", n) + unseen("sums", "medium", n):
        if "-" in example.answer or "+" not in example.answer:
            continue
        prompt, reply = example.prompt_ids(tokenizer), example.reply_ids(tokenizer)
        ids, start = prompt + reply, len(prompt)
        commas = [k for k in range(start, len(ids) - 6) if ids[k] == comma]
        near = [row for k in commas for row in range(k + 1, k + 8)]
        rows = [row for row in near if ids[row] == plus == ids[row - 2] and ids[row + 1] in (zero, one)]
        if not rows:
            continue
        residuals = model.residuals(model.trace(ids))  # (L, T, D)
        for row in rows:
            wanted.append(ids[row + 1] == one)
            right.append([_prefers_one(network, residuals[layer, row], zero, one) == wanted[-1] for layer in range(model.config.n_layers)])
    common = max(np.mean(wanted), 1 - np.mean(wanted))
    lines = [f"The carry, read from the residual stream where it is about to be written; {len(wanted)} places; "
             f"always the commoner one: {common:.0%}"]  # fmt: skip
    lines += [f"L{layer:02d}  {share:.0%}" for layer, share in enumerate(np.mean(right, axis=0))]
    return "\n".join(lines)


def _prefers_one(network, residual, zero: int, one: int) -> bool:
    """The logit lens: final norm and unembedding on the residual stream of an earlier layer."""
    weights = network.weights
    stream = weights.embedding.new_tensor(residual)
    logits = network.ops.linear(network.ops.rms_norm(stream, weights.norm, network.config.norm_eps), weights.unembedding)
    return bool(logits[one] > logits[zero])
