"""Two or three sentences about made-up people, and a question on who has, wants or did what."""

import random

from .draft import Draft, Say, Wordings
from .lexicon import WORDS, made_up, name

THINGS = """kite drum book lamp ball hat bike boat cake cup coat clock guitar piano rope ring robot ticket umbrella violin flute camera basket
candle hammer ladder map mirror pencil scarf sword tent vase wheel bell chair""".split()
COLORS = "red blue green yellow black white old new small big".split()
PLACES = """garden kitchen school market forest park library castle tower church museum hotel office attic cellar barn""".split()
FRUIT = "apples coins books cards stones shells nuts stamps pears buttons pencils eggs".split()
# verb as told, its infinitive, what the question helps itself with
DEEDS = tuple(
    (told, verb, help)
    for help, verbs in (
        (
            "does",
            "has:have wants:want needs:need likes:like finds:find buys:buy sells:sell loses:lose sees:see draws:draw builds:build breaks:break hides:hide paints:paint brings:bring cleans:clean takes:take carries:carry holds:hold makes:make",
        ),
        (
            "did",
            "had:have wanted:want found:find bought:buy sold:sell lost:lose saw:see drew:draw built:build broke:break brought:bring took:take made:make ate:eat gave:give stole:steal",
        ),
    )
    for told, verb in (pair.split(":") for pair in verbs.split())
)
TOGETHER = Wordings(
    (
        "{s} {q}",
        "{s} Question: {q}",
        "{s}\n{q}",
        "Story: {s} Question: {q}",
        "Read this: {s} {q}",
        "{s} Now: {q}",
        "Listen: {s} {q}",
        "{q} {s}",
        "Here is a story. {s} {q}",
        "{s} Tell me: {q}",
        "A short story: {s} {q}",
        "{s} So: {q}",
        "Question: {q} Story: {s}",
        "{s}\n\n{q}",
        "Read: {s} {q}",
        "Please read this story: {s} {q}",
        "Read the story and answer. {s} {q}",
        "Text: {s} {q}",
        "{s} Answer this: {q}",
        "{s} Can you tell me: {q}",
        "{s} And now the question: {q}",
        "{s} I ask you: {q}",
        "{s}\nQuestion: {q}",
        "Story: {s}\nQuestion: {q}",
        "Once upon a time. {s} {q}",
        "{s} Here is my question: {q}",
        "This is the story: {s} {q}",
        "Let me tell you a story. {s} {q}",
    ),
    ("{s} My question: {q}", "Please read: {s} {q}", "The story: {s} The question: {q}", "{s} Can you answer this: {q}"),
)
WHO = Wordings(
    (
        "Who {v} {o}?",
        "Who is it that {v} {o}?",
        "Which person {v} {o}?",
        "Who in the story {v} {o}?",
        "Name the person who {v} {o}.",
        "Tell me who {v} {o}.",
        "Who is the one who {v} {o}?",
        "Can you tell me who {v} {o}?",
        "Who was it that {v} {o}?",
        "Which of them {v} {o}?",
        "Who of the people {v} {o}?",
        "Find out who {v} {o}.",
        "Who in this story {v} {o}?",
        "Do you see who {v} {o}?",
        "I want to know who {v} {o}.",
        "{o}: who {v} it?",
        "Give me the name of the person who {v} {o}.",
    ),
    ("Who of them {v} {o}?", "Do you know who {v} {o}?", "Say who {v} {o}."),
)
WHAT = Wordings(
    (
        "What {d} {p} {w}?",
        "What is it that {p} {v}?",
        "Which thing {d} {p} {w}?",
        "What in the story {d} {p} {w}?",
        "Tell me what {p} {v}.",
        "Name what {p} {v}.",
        "What exactly {d} {p} {w}?",
        "Can you tell me what {p} {v}?",
        "What was it that {p} {v}?",
        "Find out what {p} {v}.",
        "What thing {d} {p} {w}?",
        "Do you see what {p} {v}?",
        "I want to know what {p} {v}.",
        "What in this story {d} {p} {w}?",
        "{p} {v} what?",
        "And what {d} {p} {w}?",
        "What did the story say {p} {v}?",
    ),
    ("What did you read that {p} {v}?", "Do you know what {p} {v}?", "Say what {p} {v}."),
)
WHERE = Wordings(
    (
        "Where is {p}?",
        "In which place is {p}?",
        "Tell me where {p} is.",
        "Where can I find {p}?",
        "Where in the story is {p}?",
        "What place is {p} in?",
        "Where is {p} now?",
        "Can you tell me where {p} is?",
        "Which place is {p} in?",
        "Where can {p} be found?",
        "Find out where {p} is.",
        "Do you see where {p} is?",
        "I want to know where {p} is.",
        "Where would I find {p}?",
        "In what place is {p}?",
        "{p} is where?",
        "At which place is {p}?",
    ),
    ("Do you know where {p} is?", "Say where {p} is.", "At what place is {p}?"),
)
WHO_THERE = Wordings(
    (
        "Who is in the {o}?",
        "Which person is in the {o}?",
        "Tell me who is in the {o}.",
        "Who in the story is in the {o}?",
        "Name the person in the {o}.",
        "Who can be found in the {o}?",
        "Can you tell me who is in the {o}?",
        "Which of them is in the {o}?",
        "Find out who is in the {o}.",
        "Do you see who is in the {o}?",
        "I want to know who is in the {o}.",
        "Who is there in the {o}?",
        "The {o}: who is in it?",
        "Who of the people is in the {o}?",
        "Who would I find in the {o}?",
        "Which person can be found in the {o}?",
    ),
    ("Do you know who is in the {o}?", "Say who is in the {o}.", "Who of them is in the {o}?"),
)
HOW_MANY = Wordings(
    (
        "How many {o} does {p} have now?",
        "How many {o} has {p} now?",
        "Tell me how many {o} {p} has now.",
        "How many {o} does {p} have in the end?",
        "Count the {o} of {p}.",
        "How many {o} are with {p} now?",
        "How many {o} are there with {p} now?",
        "Can you tell me how many {o} {p} has now?",
        "I want to know how many {o} {p} has now.",
        "How many {o} does {p} have?",
        "How many {o} does {p} have at the end?",
        "How many {o} are left with {p}?",
        "Find out how many {o} {p} has now.",
        "What number of {o} does {p} have now?",
        "{p} now has how many {o}?",
        "So how many {o} does {p} own?",
    ),
    ("Do you know how many {o} {p} has now?", "Say how many {o} {p} has now.", "How many {o} does {p} own now?"),
)
TALLER = Wordings(
    (
        "Who is {c}?",
        "Which of them is {c}?",
        "Tell me who is {c}.",
        "Who of the two is {c}?",
        "Which person is {c}?",
        "Name the one who is {c}.",
        "Can you tell me who is {c}?",
        "I want to know who is {c}.",
        "Who of these two is {c}?",
        "Which one is {c}?",
        "Find out who is {c}.",
        "Who in the story is {c}?",
        "Which of the two is {c}?",
        "Who is the {c} one?",
        "Do you see who is {c}?",
        "Which person in the story is {c}?",
    ),
    ("Do you know who is {c}?", "Say who is {c}.", "Who of them is {c}?"),
)
COMPARED = (("taller", "shorter"), ("older", "younger"), ("faster", "slower"), ("stronger", "weaker"), ("richer", "poorer"))


def draw(rng: random.Random, say: Say) -> Draft:
    return rng.choices((_deeds, _places, _numbers, _compared), (50, 20, 18, 12))[0](rng, say)


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


def _read_until(sentences: list[str], at: int) -> str:
    """`Ada has a kite: no. Ben has a drum: yes.`: up to the sentence that answers; past all where none does."""
    return " ".join(f"{sentence[:-1]}: {'yes' if k == at else 'no'}." for k, sentence in enumerate(sentences[: at + 1]))


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
    told, verb, help = verbs[at]
    if rng.random() < 0.1:
        stranger = next(who for who in iter(lambda: name(rng), None) if who not in people)
        question = _asked(rng, say, WHAT, p=stranger, w=verb, v=told, d=help)
        return _draft(rng, say, key, sentences, question, "The story does not say.", _read_until(sentences, len(people)))
    if rng.random() < 0.5:
        question = _asked(rng, say, WHO, v=told, o=objects[at])
    else:
        question = _asked(rng, say, WHAT, p=people[at], w=verb, v=told, d=help)
    return _draft(rng, say, key, sentences, question, sentences[at], _read_until(sentences, at))


def _places(rng, say: Say) -> Draft:
    people = _people(rng, rng.choice((2, 3)))
    places = rng.sample(PLACES, len(people))
    told = ("is in the", "goes to the", "sits in the", "waits in the", "plays in the", "walks to the")
    sentences = [f"{p} {rng.choice(told)} {place}." for p, place in zip(people, places)]
    at = rng.randrange(len(people))
    question = _asked(rng, say, WHERE, p=people[at]) if rng.random() < 0.6 else _asked(rng, say, WHO_THERE, o=places[at])
    return _draft(rng, say, (*people, *places), sentences, question, f"{people[at]} is in the {places[at]}.", _read_until(sentences, at))


def _numbers(rng, say: Say) -> Draft:
    p, q = _people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 12)
    gets = rng.random() < 0.5 or b > a
    second = (
        rng.choice((f"{q} gives {p} {b} {things}.", f"{p} finds {b} more {things}.", f"{p} gets {b} more {things}."))
        if gets
        else rng.choice((f"{p} gives {q} {b} {things}.", f"{p} loses {b} {things}."))
    )
    left = a + b if gets else a - b
    sentences = [f"{p} has {a} {things}.", second]
    return _draft(
        rng,
        say,
        (p, q, a, b),
        sentences,
        _asked(rng, say, HOW_MANY, o=things, p=p),
        f"{p} has {left} {things}.",
        f"{a} {things}, {b} {'more' if gets else 'less'}: {a} {'+' if gets else '-'} {b} = {left}.",
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
        f"{p} {more}, {q} {less}; {asked}: {who}.",
    )
