"""The value of small Python expressions: arithmetic, strings, lists, and what is composed of them."""

import random
import re

from . import columns, products, sorting, strings
from .draft import Draft, Say, wordings
from .lexicon import WORDS, made_up

ASK, BARE = wordings("python", "ASK", "BARE")
OWN = re.compile(r"['\[(%]|//|\*\*")  # what a plain sum has not: it can do without the word Python


def draw(rng: random.Random, say: Say) -> Draft:
    expression, working = rng.choices((_arithmetic, _string, _list, _composed), (25, 29, 28, 18))[0](rng)
    known = {f.__name__: f for f in (len, sum, max, min, sorted, list, range, abs)}
    value = repr(eval(expression, {"__builtins__": known}))  # our own text
    medium = f"{working} > {value}" if working else f"{expression} > {value}"
    asked = BARE if OWN.search(expression) and rng.random() < 0.25 else ASK
    return Draft((expression,), say(asked, e=expression), value, medium, f"{medium}. Check: {medium}, right.")


def _arithmetic(rng) -> tuple[str, str]:
    a, b, c = (rng.randint(1, 9) for _ in range(3))
    kind = rng.randrange(10)
    if kind == 0:
        op = rng.choice("+-")
        return f"{a} * {b} {op} {c}", f"{a} * {b} = {a * b}, {_by_columns(a * b, op, c)}"
    if kind == 1:
        op = rng.choice("+-")
        return f"{c} {op} {a} * {b}", f"{a} * {b} = {a * b}, {_by_columns(c, op, a * b)}"
    if kind == 2:
        op = rng.choice("+-")
        inner = a + b if op == "+" else a - b
        return f"({a} {op} {b}) * {c}", f"{a} {op} {b} = {inner}, {products.times(inner, c) if inner > 9 else f'{inner} * {c}'}"
    if kind in (3, 4):
        x, op = rng.randint(0, 99), "//" if kind == 3 else "%"
        return f"{x} {op} {a}", f"{products.divided(x, a)}: {x // a} rest {x % a}"
    if kind == 5:
        base, power = rng.choice(((2, rng.randint(0, 6)), (3, rng.randint(0, 3)), (10, rng.randint(0, 4)), (rng.randint(4, 9), 2)))
        # what is left to do comes after each value: the end is where nothing is
        return f"{base} ** {power}", ", ".join(f"{base**k} ({power - k} left)" for k in range(power + 1))
    if kind == 6:
        op, x, y = rng.choice((">", "<", "==", "!=", ">=", "<=")), rng.randint(0, 99), rng.randint(0, 99)
        y = x if rng.random() < 0.2 else y
        word = "equal" if x == y else "smaller" if x < y else "larger"
        return f"{x} {op} {y}", f"{' '.join(columns.padded(x, y))}: {columns.compared(x, y)[0]}, {word}, asked {op}"
    if kind == 7:
        return f"{a} + {b} - {c}", f"{a} + {b} = {a + b}, {a + b} - {c}"
    if kind == 8:
        x, y, op = rng.randint(0, 99), rng.randint(0, 99), rng.choice("+-")
        return f"{x} {op} {y}", _by_columns(x, op, y)
    return f"{a} * {b}", f"{b} times {a}"


def _by_columns(x: int, op: str, y: int) -> str:
    return columns.working(x, op, y).rpartition(": ")[0]


def _word(rng, longest: int = 6) -> str:
    return made_up(rng, rng.randint(2, longest)) if rng.random() < 0.5 else rng.choice([w for w in WORDS[:400:3] if len(w) <= longest])


def _string(rng) -> tuple[str, str]:
    w, other, kind = _word(rng), _word(rng), rng.randrange(14)
    spelled, numbered = " ".join(w), _numbered(w)
    if kind == 0:
        return f"'{w}' + '{other}'", f"{spelled} + {' '.join(other)}"
    if kind in (1, 11):
        n, w = rng.randint(1, 4), w[: rng.randint(2, 4)]
        expression = f"'{w}' * {n}" if rng.random() < 0.65 else f"{n} * '{w}'"
        return expression, f"{strings.counted(' '.join(w), n)}: {n}"
    if kind in (12, 13):
        return _slice(rng, f"'{w}'", list(w))
    if kind in (2, 3):
        return f"'{w}'[::-1]", f"{spelled}, {' '.join(reversed(w))}"
    if kind == 4:
        at = rng.randrange(len(w))
        return f"'{w}'[{at}]", f"{numbered}; {at} = {w[at]}"
    if kind == 5:
        at = rng.choice((0, -1))
        return f"'{w}'[{at}]", f"{'first' if at == 0 else 'last'} of {spelled}"
    if kind in (6, 10):
        w = _word(rng, 9)
        counted, n = " ".join(f"{letter}{k}" for k, letter in enumerate(w, 1)), rng.randint(1, 9)
        return (f"len('{w}')", counted) if kind == 6 else (f"len('{w}') + {n}", f"{counted}, {len(w)} + {n}")
    if kind == 7:
        return f"'{w}'.upper()", f"{spelled}, {' '.join(w.upper())}"
    if kind == 8:
        letter = rng.choice(w) if rng.random() < 0.5 else rng.choice("abcdefghijklmnopqrstuvwxyz")
        return f"'{letter}' in '{w}'", f"{letter}: {' '.join(c + '-+'[c == letter] for c in w)}"
    return f"'{w.upper()}'.lower()", f"{' '.join(w.upper())}, {spelled}"


def _list(rng) -> tuple[str, str]:
    values = [rng.randint(0, 20) for _ in range(rng.randint(2, 5))]
    other, kind = [rng.randint(0, 20) for _ in range(rng.randint(1, 3))], rng.randrange(12)
    if rng.random() < 0.25:
        values[rng.randrange(len(values))] = rng.choice(values)
    numbered = _numbered(values)
    if kind in (0, 10):
        return f"{values} + {other}", " ".join(_lettered(values + other))
    if kind == 11:
        return _slice(rng, str(values), values)
    if kind == 1:
        return f"sorted({values})", sorting.steps(values)
    if kind == 2:
        return f"len({values})", " ".join(f"{k}:{v}" for k, v in enumerate(values, 1))
    if kind == 3:
        values = [rng.randint(0, 12) for _ in values[:4]]
        return f"sum({values})", _total(values)
    if kind in (4, 5):
        name = "max" if kind == 4 else "min"
        return f"{name}({values})" if rng.random() < 0.6 else f"{name}({str(values)[1:-1]})", _extreme(name, values)
    if kind == 6:
        at = rng.choice((rng.randrange(len(values)), -1))
        return f"{values}[{at}]", f"{numbered}; {at} = {values[at]}" if at >= 0 else f"last of {numbered}"
    if kind == 7:
        return f"{values}[::-1]", f"{' '.join(_lettered(values))} | {' '.join(reversed(_lettered(values)))}"
    if kind == 8:
        n = rng.randint(1, 9)
        return f"list(range({n}))", f"0 to {n - 1}"
    v = rng.choice(values) if rng.random() < 0.5 else rng.randint(0, 20)
    return f"{v} in {values}", ", ".join(f"{v:02} {'=' if x == v else '<' if v < x else '>'} {x:02}" for x in values)


def _numbered(values) -> str:
    return ", ".join(f"{k} = {v}" for k, v in enumerate(values))


def _lettered(values: list[int]) -> list[str]:
    """`a12 b19 c12`: a name beside each, by which two equal ones are told apart."""
    return [f"{name}{v}" for name, v in zip("abcdefghijk", values, strict=False)]


def _extreme(name: str, values: list[int]) -> str:
    """`04, 09 09, 02 09`: each with the best so far."""
    best, steps = values[0], []
    for v in values[1:]:
        best = (max if name == "max" else min)(best, v)
        steps.append(f"{v:02} {best:02}")
    return f"{values[0]:02}, {', '.join(steps)}"


def _total(values: list[int]) -> str:
    total, steps = 0, []
    for v in values:
        steps.append(f"{total} + {v} = {total + v}")
        total += v
    return ", ".join(steps)


def _slice(rng, written: str, values: list) -> tuple[str, str]:
    """`'apple'[1:]`: `0 = a, 1 = p, 2 = p, 3 = l, 4 = e; from 1: p p l e`."""
    start = rng.randint(1, min(3, len(values) - 1))
    if rng.random() < 0.5:
        return f"{written}[{start}:]", f"{_numbered(values)}; from {start}: {' '.join(map(str, values[start:]))}"
    return f"{written}[:{start}]", f"{_numbered(values)}; before {start}: {' '.join(map(str, values[:start]))}"


def _composed(rng) -> tuple[str, str]:
    """`max(3, 9, 2) + 1`: `03, 09 09, 02 09, 9+1: 9+1+0=10`: the inner first, by its own working, and then the rest."""
    kind, n = rng.randrange(9), rng.randint(1, 9)
    if kind == 7:
        x = rng.randint(0, 99)
        if rng.random() < 0.6:
            return f"abs({rng.choice('--+').strip('+')}{x})", f"{x} without sign"
        return f"abs({x} - {n})", _by_columns(x, "-", n) + f", {abs(x - n)} without sign"
    if kind == 8:
        words = [_word(rng, 4) for _ in range(rng.randint(2, 3))]
        sign = rng.choice((",", ",", "-", " "))
        at = repr(sign) if sign != " " or rng.random() < 0.3 else ""
        return f"'{sign.join(words)}'.split({at})", " | ".join(" ".join(w) for w in words)
    inner, working, value = _inner(rng)
    op = rng.choice("+-")
    if kind in (0, 1) and value < 10:
        return f"{inner} * {n}", f"{working}, {value} * {n}"
    if kind in (2, 3) and value < 10:
        k = rng.randint(1, 9)
        return f"{inner} * {n} {op} {k}", f"{working}, {value} * {n} = {value * n}, {_by_columns(value * n, op, k)}"
    if kind == 4:
        k = rng.randint(1, 9)
        a, b = rng.randint(1, 9), rng.randint(1, 9)
        a, b, sign = (a, b, "+") if rng.random() < 0.6 else (max(a, b), min(a, b), "-")
        first = a + b if sign == "+" else a - b
        product = products.times(first, n) if first > 9 else f"{first} * {n} = {first * n}"
        return f"({a} {sign} {b}) * {n} {op} {k}", f"{a} {sign} {b} = {first}, {product}, {_by_columns(first * n, op, k)}"
    return f"{inner} {op} {n}", f"{working}, {_by_columns(value, op, n)}"


def _inner(rng) -> tuple[str, str, int]:
    """A call that gives a number, its working, and the number."""
    values = [rng.randint(0, rng.choice((9, 9, 20))) for _ in range(rng.randint(2, 4))]
    kind = rng.randrange(4)
    if kind == 0:
        name = rng.choice(("max", "min"))
        written = str(values) if rng.random() < 0.4 else str(values)[1:-1]
        return f"{name}({written.strip()})", _extreme(name, values), max(values) if name == "max" else min(values)
    if kind == 1:
        w = _word(rng, 8)
        return f"len('{w}')", " ".join(f"{letter}{k}" for k, letter in enumerate(w, 1)), len(w)
    if kind == 2:
        return f"len({values})", " ".join(f"{k}:{v}" for k, v in enumerate(values, 1)), len(values)
    values = [rng.randint(0, 12) for _ in values[:3]]
    return f"sum({values})", _total(values), sum(values)
