"""Stories with numbers: who has how many after giving, finding and eating some, more than another has, or together."""

import random

from . import telling
from .draft import Draft, Say, wordings
from .numerals import numeral

FRUIT = """apples coins books cards stones shells nuts stamps pears buttons pencils eggs marbles oranges sweets cookies balloons balls
stickers flowers toys candles plums keys""".split()
# what makes more and what makes less: as told now, and of the past
PLUS = ("finds gets buys wins".split(), "found got bought won".split())
MINUS = ("loses eats sells drops".split(), "lost ate sold dropped".split())
HOW_MANY, HOW_MANY_HAS, BOTH_HAVE = wordings("stories", "HOW_MANY", "HOW_MANY_HAS", "BOTH_HAVE")


def _figures(rng, *numbers: int) -> list[str]:
    """Numbers as they stand in a story: in digits, now and then small ones in words."""
    words = rng.random() < 0.15
    return [numeral(n) if words and 2 <= n <= 12 else str(n) for n in numbers]


def _counted(a: int, b: int, plus: bool) -> tuple[int, str]:
    """What comes out, and `9 + 4 = 13`."""
    left = a + b if plus else a - b
    return left, f"{a} {'+' if plus else '-'} {b} = {left}"


def changed(rng: random.Random, say: Say) -> Draft:
    """Somebody has some, and gives, gets, finds or eats some. The sign is decided by the word before it:
    `First 9. Ida gives 4, Tom gets 4. Tom? gets 4: 9 + 4 = 13 nuts.` and `First 9, finds 3: 9 + 3 = 12, eats 2: 12 - 2 = 10 nuts.`"""
    p, q = telling.people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 12)
    plus, has = rng.random() < 0.5 or b > a, rng.choice(("has", "has", "has", "had"))
    left, sum = _counted(a, b, plus)
    (first, change), key = _figures(rng, a, b), (p, q, a, b)
    told = [f"{p} {has} {first} {things}."]
    if rng.random() < 0.45:
        giver, taker = (q, p) if plus else (p, q)
        some = rng.choice((f"{change} {things}", f"{change} {things}", change, f"{change} of them")) if not plus else f"{change} {things}"
        gives = rng.choice(("gives", "gives", "gave", "hands"))
        ways = (f"{giver} {gives} {taker} {some}.", f"{giver} {gives} {some} to {taker}.", f"{taker} gets {some} from {giver}.")
        told.append(rng.choice(ways))
        way = f"{taker} gets {b}, {giver} gives {b}" if told[1].startswith(f"{taker} ") else f"{giver} gives {b}, {taker} gets {b}"
        found = f"First {a}. {way}. {p}? {'gets' if plus else 'gives'} {b}: {sum} {things}."
    else:
        who, tense = rng.choice((p, p, "She", "He", "Then she", "Then he", f"Then {p}")), rng.choice((0, 0, 1))
        verb = rng.choice((PLUS if plus else MINUS)[tense])
        told.append(f"{who} {verb} {_some(rng, change, things, plus)}.")
        found = f"First {a}, {verb} {b}: {sum}"
        if rng.random() < 0.4:
            c = rng.randint(2, 12)
            again = rng.random() < 0.5 or c > left
            left, sum = _counted(left, c, again)
            verb = rng.choice([other for other in (PLUS if again else MINUS)[tense] if other != verb])
            [change], key = _figures(rng, c), (*key, c)
            some = _some(rng, change, things, again)
            if rng.random() < 0.5:
                told[1] = f"{told[1][:-1]}{rng.choice((' and ', ', then ', ' and then '))}{verb} {some}."
            else:
                told.append(f"{rng.choice(('Then she', 'Then he', f'Then {p}', p, f'Later {p}'))} {verb} {some}.")
            found += f", {verb} {c}: {sum}"
        found += f" {things}."
    question = telling.asked(rng, say, HOW_MANY, o=things, p=p)
    return telling.draft(rng, say, key, telling.linked(rng, told)[0], question, f"{p} has {left} {things}.", found)


def _some(rng, n: str, things: str, plus: bool) -> str:
    more = (f"{n} more {things}", f"{n} more", f"another {n}", f"{n} {things}")
    return rng.choice(more if plus else (f"{n} {things}", f"{n} {things}", n, f"{n} of them"))


def more_than(rng: random.Random, say: Say) -> Draft:
    """`Ida has 9 nuts, Tom has 5 more than Ida.`: `Ida 9. Tom 5 more: 9 + 5 = 14 nuts.`"""
    p, q = telling.people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 12)
    plus, has = rng.random() < 0.55 or b > a, rng.choice(("has", "has", "has", "owns"))
    more, (left, sum) = "more" if plus else rng.choice(("fewer", "fewer", "less")), _counted(a, b, plus)
    first, change = _figures(rng, a, b)
    than = rng.choice((f"than {p}", f"than {p}", f"{things} than {p}"))
    story, _ = telling.linked(rng, [f"{p} {has} {first} {things}.", f"{q} {has} {change} {more} {than}."])
    story = story.replace(f"{things}. {q}", f"{things}, {q}") if rng.random() < 0.2 else story
    question = telling.asked(rng, say, HOW_MANY_HAS, o=things, p=q)
    answer, found = f"{q} has {left} {things}.", f"{p} {a}. {q} {b} {more}: {sum} {things}."
    return telling.draft(rng, say, (p, q, a, b, "more"), story, question, answer, found)


def both(rng: random.Random, say: Say) -> Draft:
    """`Ida 3, Tom 5. Together: 3 + 5 = 8 nuts.`"""
    p, q = telling.people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 20)
    (first, second), (left, sum), has = _figures(rng, a, b), _counted(a, b, True), rng.choice(("has", "has", "has", "finds", "buys", "had"))
    story, _ = telling.linked(rng, [f"{p} {has} {first} {things}.", f"{q} {has} {second}{rng.choice(('', f' {things}'))}."])
    question = telling.asked(rng, say, BOTH_HAVE, o=things, p=p, r=q)
    answer, found = f"They have {left} {things} together.", f"{p} {a}, {q} {b}. Together: {sum} {things}."
    return telling.draft(rng, say, (p, q, a, b, "both"), story, question, answer, found)
