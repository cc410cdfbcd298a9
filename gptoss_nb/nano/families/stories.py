"""Two or three sentences about made-up people, and a question on who has, wants or did what."""

import random

from .draft import Draft, Say, Wordings, wordings
from .lexicon import WORDS, made_up, name

THINGS = """kite drum book lamp ball hat bike boat cake cup coat clock guitar piano rope ring robot ticket umbrella violin flute
camera basket candle hammer ladder map mirror pencil scarf sword tent vase wheel bell chair""".split()
COLORS = "red blue green yellow black white old new small big".split()
PLACES = """garden kitchen school market forest park library castle tower church museum hotel office attic cellar barn""".split()
HOLDERS = "bag box drawer basket kitchen garden cupboard pocket car desk bottle hall suitcase bucket".split()
# things that are put somewhere, and whether there are several
MOVED = tuple((word, word.endswith("s")) for word in "keys book ball shoes letter phone glasses coin cake ring cards apple ticket pen".split())
PUT = ("{p} puts the {o} in the {x}.", "{p} put the {o} in the {x}.", "{p} leaves the {o} in the {x}.", "{p} hides the {o} in the {x}.")
MOVES = ("{p} moves {o} to the {x}.", "{p} moved {o} to the {x}.", "{p} puts {o} in the {x}.", "{p} takes {o} to the {x}.",
         "{p} brings {o} to the {x}.")  # fmt: skip
FRUIT = "apples coins books cards stones shells nuts stamps pears buttons pencils eggs".split()
# verb as told, its infinitive, what the question helps itself with
DEEDS = tuple(
    (told, verb, help)
    for help, verbs in (
        (
            "does",
            """has:have wants:want needs:need likes:like finds:find buys:buy sells:sell loses:lose sees:see draws:draw builds:build
            breaks:break hides:hide paints:paint brings:bring cleans:clean takes:take carries:carry holds:hold makes:make""",
        ),
        (
            "did",
            """had:have wanted:want found:find bought:buy sold:sell lost:lose saw:see drew:draw built:build broke:break
            brought:bring took:take made:make ate:eat gave:give stole:steal""",
        ),
    )
    for told, verb in (pair.split(":") for pair in verbs.split())
)
TOGETHER, WHO, WHAT, WHERE, WHERE_THINGS, WHO_THERE, WHO_NOW, HOW_MANY, TALLER = wordings(
    "stories", "TOGETHER", "WHO", "WHAT", "WHERE", "WHERE_THINGS", "WHO_THERE", "WHO_NOW", "HOW_MANY", "TALLER"
)
COMPARED = (("taller", "shorter"), ("older", "younger"), ("faster", "slower"), ("stronger", "weaker"), ("richer", "poorer"))


def draw(rng: random.Random, say: Say) -> Draft:
    return rng.choices((_deeds, _places, _moved, _handed, _numbers, _compared), (42, 16, 8, 10, 14, 10))[0](rng, say)


def _people(rng, n: int) -> list[str]:
    people = []
    while len(people) < n:
        who = name(rng)
        if who not in people:
            people.append(who)
    return people


def _draft(rng, say: Say, key, sentences: list[str], question: str, answer: str, found: str) -> Draft:
    question = question if question[-1] in "?." else f"{question}?"
    return Draft(key, say(TOGETHER, s=" ".join(sentences), q=question), answer, found, f"{found} Check: {found}")


def _found(asked: str, sentence: str) -> str:
    """`Ben? Ben has a drum.`: what is asked for, and the sentence where it stands."""
    return f"{asked}? {sentence}"


def _listed(pairs: list[tuple[str, str]], asked: str, sentence: str) -> str:
    """`Ben a drum, Ida a kite. Ida? Ida has a kite.`: that somebody is not there can only be seen of a list."""
    return f"{', '.join(' '.join(pair) for pair in pairs)}. {_found(asked, sentence)}"


def _turned(pairs: list[tuple[str, str]], asked: str, sentence: str) -> str:
    """`Ben a drum Ben, Ida a kite Ida. A kite? Ida: Ida has a kite.`: in the story who has it stands before the thing, and
    what is looked up stands after what it is found by; so each name is put after its thing first."""
    return f"{', '.join(f'{who} {thing} {who}' for who, thing in pairs)}. {_found(asked, sentence)}"


def _object(rng) -> str:
    thing = rng.choice((rng.choice(THINGS), rng.choice(THINGS), rng.choice(WORDS), made_up(rng, rng.randint(3, 6))))
    thing = f"{rng.choice(COLORS)} {thing}" if rng.random() < 0.4 else thing
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def _asked(rng, say: Say, wordings: Wordings, **operands) -> str:
    """A question inside a text: it may begin without a capital."""
    text = say.bare(wordings, **operands)
    return text[0].lower() + text[1:] if rng.random() < 0.2 and not text.startswith(operands.get("p", " ")) else text


def _deeds(rng, say: Say) -> Draft:
    people = _people(rng, rng.choice((2, 2, 3)))
    verbs = [rng.choice(DEEDS)] * len(people) if rng.random() < 0.5 else rng.sample(DEEDS, len(people))
    objects = []
    while len(objects) < len(people):
        thing = _object(rng)
        if all(thing.split()[-1] != other.split()[-1] for other in objects):
            objects.append(thing)
    sentences = [f"{p} {v[0]} {o}." for p, v, o in zip(people, verbs, objects)]
    at, key = rng.randrange(len(people)), (*people, *objects)
    pairs = list(zip(people, objects))
    told, verb, help = verbs[at]
    if rng.random() < 0.15:
        stranger = next(who for who in iter(lambda: name(rng), None) if who not in people)
        question = _asked(rng, say, WHAT, p=stranger, w=verb, v=told, d=help)
        return _draft(rng, say, key, sentences, question, "The story does not say.", _listed(pairs, stranger, "Not there."))
    if rng.random() < 0.6:
        question = _asked(rng, say, WHO, v=told, o=objects[at])
        found = _turned(pairs, objects[at], f"{people[at]}: {sentences[at]}")
    else:
        question = _asked(rng, say, WHAT, p=people[at], w=verb, v=told, d=help)
        found = _listed(pairs, people[at], sentences[at])
    return _draft(rng, say, key, sentences, question, sentences[at], found)


def _places(rng, say: Say) -> Draft:
    people = _people(rng, rng.choice((2, 3)))
    places = rng.sample(PLACES, len(people))
    told = ("is in the", "goes to the", "sits in the", "waits in the", "plays in the", "walks to the")
    sentences = [f"{p} {rng.choice(told)} {place}." for p, place in zip(people, places)]
    at = rng.randrange(len(people))
    if rng.random() < 0.5:
        question, found = _asked(rng, say, WHERE, p=people[at]), _listed(list(zip(people, places)), people[at], sentences[at])
    else:
        question = _asked(rng, say, WHO_THERE, o=places[at])
        found = _turned(list(zip(people, places)), places[at], f"{people[at]}: {sentences[at]}")
    answer = f"{people[at]} is in the {places[at]}."
    return _draft(rng, say, (*people, *places), sentences, question, answer, found)


def _moved(rng, say: Say) -> Draft:
    """A thing is put somewhere, and then elsewhere; the last place counts."""
    [who], (thing, plural) = _people(rng, 1), rng.choice(MOVED)
    first, then = rng.sample(HOLDERS, 2)
    told = [rng.choice(PUT).format(p=who, o=thing, x=first)]
    again = rng.choice((who, "She", "He", "Then she", "Then he", f"Then {who}", f"Later {who}"))
    told.append(rng.choice(MOVES).format(p=again, o=rng.choice((f"the {thing}", "them" if plural else "it")), x=then))
    told = told[: 1 if rng.random() < 0.3 else 2]
    at, last = then if len(told) == 2 else first, told[-1]
    if rng.random() < 0.3:  # who put it there leaves, and the thing stays
        walks = rng.choice(("goes to", "walks to", "goes into", "runs to", "went to", "leaves for"))
        told.append(f"{rng.choice((who, 'She', 'He', 'Then she', 'Then he', f'Then {who}'))} {walks} the {rng.choice(PLACES)}.")
    be = "are" if plural else "is"
    question = _asked(rng, say, WHERE_THINGS if plural else WHERE, p=f"the {thing}")
    return _draft(rng, say, (who, thing, first, then), told, question, f"The {thing} {be} in the {at}.", _found(f"Last the {thing}", last))


def _handed(rng, say: Say) -> Draft:
    """A thing goes from one to the next; the last one has it."""
    people, thing = _people(rng, rng.choice((2, 2, 3))), _object(rng).partition(" ")[2]
    told = [f"{people[0]} {rng.choice(('has', 'had', 'finds', 'buys', 'found', 'bought'))} {'an' if thing[0] in 'aeiou' else 'a'} {thing}."]
    for giver, taker in zip(people, people[1:]):
        it, verb = rng.choice((f"the {thing}", f"the {thing}", "it")), rng.choice(("gives", "gave", "hands", "sells", "lends", "passes"))
        told.append(rng.choice((f"{giver} {verb} {it} to {taker}.", f"{giver} {verb} {it} to {taker}.", f"{taker} takes {it} from {giver}.")))
    told = told[1:] if rng.random() < 0.2 and thing in told[1] else told
    question = _asked(rng, say, WHO_NOW, o=f"the {thing}")
    way = ", ".join(f"{giver} to {taker}" for giver, taker in zip(people, people[1:]))
    return _draft(rng, say, (*people, thing), told, question, f"{people[-1]} has the {thing}.", f"{way}. Last: {people[-1]}.")


def _numbers(rng, say: Say) -> Draft:
    p, q = _people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 12)
    gets = rng.random() < 0.5 or b > a
    if rng.random() < 0.5:
        giver, taker = (q, p) if gets else (p, q)
        second, way = f"{giver} gives {taker} {b} {things}.", f"{giver} {b} less, {taker} {b} more"
    else:
        second = f"{p} {rng.choice(('finds', 'gets', 'buys'))} {b} more {things}." if gets else f"{p} {rng.choice(('loses', 'eats', 'sells'))} {b} {things}."
        way = f"{p} {b} {'more' if gets else 'less'}"
    left = a + b if gets else a - b
    sentences = [f"{p} has {a} {things}.", second]
    return _draft(
        rng,
        say,
        (p, q, a, b),
        sentences,
        _asked(rng, say, HOW_MANY, o=things, p=p),
        f"{p} has {left} {things}.",
        f"{p} has {a}. {way}. {p}? {b} {'more' if gets else 'less'}: {a} {'+' if gets else '-'} {b} = {left}.",
    )


def _compared(rng, say: Say) -> Draft:
    p, q = _people(rng, 2)
    more, less = rng.choice(COMPARED)
    if rng.random() < 0.5:
        more, less = less, more
    asked = rng.choice((more, less))
    who = p if asked == more else q
    return _draft(
        rng,
        say,
        (p, q, more),
        [f"{p} is {more} than {q}."],
        _asked(rng, say, TALLER, c=asked),
        f"{who} is {asked}.",
        f"Is {more}: {p}. Is {less}: {q}. Asked {asked}: {who}.",
    )
