"""The value of small Python expressions: arithmetic, strings, lists."""

import random
import re

from . import columns, products, sorting
from .draft import Draft, Say, wordings
from .lexicon import WORDS, made_up

ASK, BARE = wordings("python", "ASK", "BARE")
OWN = re.compile(r"['\[(%]|//|\*\*")  # what a plain sum has not: it can do without the word Python


def draw(rng: random.Random, say: Say) -> Draft:
    expression, working = rng.choices((_arithmetic, _string, _list), (30, 35, 35))[0](rng)
    value = repr(eval(expression, {"__builtins__": {f.__name__: f for f in (len, sum, max, min, sorted, list, range)}}))  # our own text
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
        return f"{base} ** {power}", ", ".join(f"{power - k} left: {base**k}" for k in range(power + 1))
    if kind == 6:
        op, x, y = rng.choice((">", "<", "==", "!=", ">=", "<=")), rng.randint(0, 99), rng.randint(0, 99)
        y = x if rng.random() < 0.2 else y
        sign = "=" if x == y else "<" if x < y else ">"
        return f"{x} {op} {y}", f"{x:02} {sign} {y:02}, asked {op}"
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
    w, other, kind = _word(rng), _word(rng), rng.randrange(11)
    spelled, numbered = " ".join(w), ", ".join(f"{k} = {letter}" for k, letter in enumerate(w))
    if kind == 0:
        return f"'{w}' + '{other}'", f"{spelled} + {' '.join(other)}"
    if kind == 1:
        n = rng.randint(1, 4)
        return f"'{w[:4]}' * {n}", ", ".join(f"{k} {w[:4]}" for k in range(n, 0, -1))
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
    other, kind = [rng.randint(0, 20) for _ in range(rng.randint(1, 3))], rng.randrange(10)
    numbered = ", ".join(f"{k} = {v}" for k, v in enumerate(values))
    if kind == 0:
        return f"{values} + {other}", " ".join(map(str, values + other))
    if kind == 1:
        return f"sorted({values})", sorting.steps(values)
    if kind == 2:
        return f"len({values})", " ".join(f"{k}:{v}" for k, v in enumerate(values, 1))
    if kind == 3:
        total, steps = 0, []
        values = [rng.randint(0, 12) for _ in values[:4]]
        for v in values:
            steps.append(f"{total} + {v} = {total + v}")
            total += v
        return f"sum({values})", ", ".join(steps)
    if kind in (4, 5):
        name, pick = ("max", max) if kind == 4 else ("min", min)
        best, steps = values[0], []
        for v in values[1:]:
            best = pick(best, v)
            steps.append(f"{v:02} {best:02}")
        return f"{name}({values})", f"{values[0]:02}, {', '.join(steps)}"
    if kind == 6:
        at = rng.choice((rng.randrange(len(values)), -1))
        return f"{values}[{at}]", f"{numbered}; {at} = {values[at]}" if at >= 0 else f"last of {numbered}"
    if kind == 7:
        return f"{values}[::-1]", " ".join(f"{k}:{values[k]}" for k in reversed(range(len(values))))
    if kind == 8:
        n = rng.randint(1, 9)
        return f"list(range({n}))", f"0 to {n - 1}"
    v = rng.choice(values) if rng.random() < 0.5 else rng.randint(0, 20)
    return f"{v} in {values}", ", ".join(f"{v:02} {'=' if x == v else '<' if v < x else '>'} {x:02}" for x in values)
