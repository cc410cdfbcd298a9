"""Things a child knows: capitals, opposites, plurals, animals, colours, numerals, and some others (`facts.txt`). Tested in wordings of its own."""

import random
from pathlib import Path

from .calendar import typed
from .draft import Draft, Say, Wordings, wordings
from .numerals import ONES, numeral, roman, roman_parts


def _tables() -> dict[str, list[str]]:
    """The lines of `facts.txt` by the name above them."""
    blocks = (Path(__file__).parent / "facts.txt").read_text("utf-8").split("\n\n")
    return {name[1:-1]: lines for name, *lines in (block.strip().split("\n") for block in blocks)}


_TABLES = _tables()


def _pairs(name: str) -> list[tuple[str, str]]:
    """Of lines `France: Paris`."""
    return [tuple(line.split(": ")) for line in _TABLES[name]]


CAPITALS, PLURALS, YOUNG, COLOURS, SOUNDS = (dict(_pairs(name)) for name in ("CAPITALS", "PLURALS", "YOUNG", "COLOURS", "SOUNDS"))
OPPOSITES, ONE_WAY = _pairs("OPPOSITES"), dict(_pairs("ONE_WAY"))  # of the second the way back is another's
LEGS = {animal: int(legs) for animal, legs in _pairs("LEGS")}
MIXES = {tuple(paints.split(" and ")): mixed for paints, mixed in _pairs("MIXES")}
RIPE = {"a banana", "a lemon", "a tomato", "an orange", "a strawberry", "a cucumber", "a cherry", "a carrot"}
OTHERS = [tuple(line.split(" | ")) for line in _TABLES["OTHERS"]]  # an answer, and ways to ask; the last is kept for the test
CAPITAL, COUNTRY, OPPOSITE, PLURAL, LEG, YOUNGS, COLOUR, MIX, SOUND, IN_WORDS, IN_DIGITS, TO_ROMAN, FROM_ROMAN = wordings(
    "facts", "CAPITAL", "COUNTRY", "OPPOSITE", "PLURAL", "LEG", "YOUNGS", "COLOUR", "MIX", "SOUND", "IN_WORDS", "IN_DIGITS",
    "TO_ROMAN", "FROM_ROMAN",
)  # fmt: skip
KNOWN = [
    (Wordings(tuple([*asked[:-1], *(f"Tell me: {a[0].lower()}{a[1:]}" for a in asked[:-1])]), asked[-1:]), answer)
    for answer, *asked in OTHERS
]


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = (_capital, _opposite, _plural, _animal, _colour, _numeral, _other, _roman, _mix, _sound)
    return rng.choices(kinds, (26, 24, 23, 8, 6, 8, 7, 9, 3, 4))[0](rng, say)


def _known(prompt: str, thought: str, answer: str) -> Draft:
    return Draft((), prompt, answer, thought, f"{thought}. Check: {thought}, right.")


def _capital(rng, say: Say) -> Draft:
    country, capital = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.65:
        return _known(typed(rng, say, CAPITAL, x=country), f"{country} > {capital}", f"The capital of {country} is {capital}.")
    return _known(typed(rng, say, COUNTRY, x=capital), f"{capital} > {country}", f"{capital} is the capital of {country}.")


def _opposite(rng, say: Say) -> Draft:
    a, b = rng.choice(OPPOSITES) if rng.random() < 0.9 else rng.choice(list(ONE_WAY.items()))
    if rng.random() < 0.5 and a not in ONE_WAY:
        a, b = b, a
    return _known(typed(rng, say, OPPOSITE, 0.1, x=a), f"{a} > {b}", f"The opposite of {a} is {b}.")


def _plural(rng, say: Say) -> Draft:
    one, many = rng.choice(list(PLURALS.items()))
    return _known(typed(rng, say, PLURAL, 0.1, x=_one(rng, one)), f"{one} > {many}", f"The plural of {one} is {many}.")


def _one(rng, word: str) -> str:
    """mouse; now and then a mouse or Mouse."""
    kind = rng.random()
    if kind < 0.04:
        return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
    return word.capitalize() if kind < 0.07 else word


def _animal(rng, say: Say) -> Draft:
    if rng.random() < 0.5:
        animal, legs = rng.choice(list(LEGS.items()))
        some = f"{'an' if animal[0] in 'aeiou' else 'a'} {animal}"
        asked = rng.choice((some, some, f"the {animal}", f"one {animal}", f"any {animal}"))
        return _known(say(LEG, x=asked), f"{animal} > {legs}", f"{some[0].upper()}{some[1:]} has {legs or 'no'} legs.")
    animal, young = rng.choice(list(YOUNG.items()))
    return _known(
        say(YOUNGS, x=animal), f"{animal} > {young}", f"A young {animal} is called a{'n' if young[0] in 'aeiou' else ''} {young}."
    )


def _colour(rng, say: Say) -> Draft:
    thing, colour = rng.choice(list(COLOURS.items()))
    asked = thing
    if thing in RIPE and rng.random() < 0.25:
        asked = f"a ripe {thing.split()[1]}"
    elif " " in thing and rng.random() < 0.1:
        asked = thing.replace("an ", "the ").replace("a ", "the ")
    return _known(typed(rng, say, COLOUR, 0.1, x=asked), f"{thing} > {colour}", f"{thing[0].upper()}{thing[1:]} is {colour}.")


def _mix(rng, say: Say) -> Draft:
    (a, b), mixed = rng.choice(list(MIXES.items()))
    a, b = (a, b) if rng.random() < 0.5 else (b, a)
    return _known(typed(rng, say, MIX, 0.1, x=a, y=b), f"{a} and {b} > {mixed}", f"{a[0].upper()}{a[1:]} and {b} make {mixed}.")


def _sound(rng, say: Say) -> Draft:
    animal, sound = rng.choice(list(SOUNDS.items()))
    some = f"{'an' if animal[0] in 'aeiou' else 'a'} {animal}"
    asked = rng.choice((some, some, some, f"the {animal}"))
    return _known(typed(rng, say, SOUND, 0.1, x=asked), f"{animal} > {sound}", f"{some[0].upper()}{some[1:]} says {sound}.")


def _numeral(rng, say: Say) -> Draft:
    if rng.random() < 0.25:
        return _long_numeral(rng, say)
    n = rng.randint(0, 100)
    if rng.random() < 0.6:
        return _known(say(IN_WORDS, x=n), f"{n} > {numeral(n)}", f"{numeral(n)[0].upper()}{numeral(n)[1:]}.")
    return _known(say(IN_DIGITS, x=numeral(n)), f"{numeral(n)} > {n}", f"{n}.")


def _long_numeral(rng, say: Say) -> Draft:
    """101 to 999: the hundreds, then the rest."""
    n = rng.randint(101, 999)
    rest = numeral(n % 100) if n % 100 else ""
    hundreds = f"{ONES[n // 100]} hundred"
    words = f"{hundreds} {rest}".strip()
    if rng.random() < 0.6:
        return _keyed(("numeral", n), say(IN_WORDS, x=n), f"{n} > {words}", f"{words[0].upper()}{words[1:]}.")
    asked = f"{hundreds} and {rest}" if rest and rng.random() < 0.5 else words
    return _keyed(("numeral", n), say(IN_DIGITS, x=asked), f"{words} > {n}", f"{n}.")


def _roman(rng, say: Say) -> Draft:
    """By parts: 14 = 10 + 4: X IV, and XIV: X IV = 10 + 4 = 14. Small ones more often, and years."""
    n = rng.randint(1, rng.choices((39, 100, 999, 2050), (35, 35, 10, 5))[0]) if rng.random() < 0.85 else rng.randint(1800, 2050)
    values, parts = zip(*roman_parts(n))
    split = " + ".join(map(str, values))
    if rng.random() < 0.5:
        asked = numeral(n) if n <= 100 and rng.random() < 0.15 else n
        thought = f"{n} = {split}" if len(parts) > 1 else f"{n}"
        return _keyed(("roman", n), say(TO_ROMAN, x=asked), f"{thought}: {' '.join(parts)}", f"{roman(n)}.")
    medium = f"{roman(n)}: {' '.join(parts)} = {split} = {n}" if len(parts) > 1 else f"{roman(n)} = {n}"
    asked = roman(n).lower() if n > 1 and rng.random() < 0.12 else roman(n)
    return _keyed(("roman", n), say(FROM_ROMAN, x=asked), medium, f"{n}.")


def _keyed(key: tuple, prompt: str, thought: str, answer: str) -> Draft:
    return Draft(key, prompt, answer, thought, f"{thought}. Check: {thought}, right.")


def _other(rng, say: Say) -> Draft:
    wordings, answer = rng.choice(KNOWN)
    return _known(say(wordings), "I know that", answer)
