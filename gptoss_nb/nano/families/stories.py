"""Two or three sentences about made-up people, and a question on who has, wants or did what, where, why or how many."""

import random

from . import tallies, telling
from .draft import Draft, Say, wordings
from .lexicon import WORDS, made_up, name

THINGS = """kite drum book lamp ball hat bike boat cake cup coat clock guitar piano rope ring robot ticket umbrella violin flute
camera basket candle hammer ladder map mirror pencil scarf sword tent vase wheel bell chair""".split()
COLORS = "red blue green yellow black white old new small big".split()
PLACES = """garden kitchen school market forest park library castle tower church museum hotel office attic cellar barn""".split()
HOLDERS = "bag box drawer basket kitchen garden cupboard pocket car desk bottle hall suitcase bucket".split()
# things that are put somewhere, and whether there are several
MOVED = tuple((word, word.endswith("s")) for word in "keys book ball shoes letter phone glasses coin cake ring cards apple ticket pen".split())
PUT = ("puts", "put", "leaves", "hides", "left")
MOVES = ("{p} moves {o} to the {x}.", "{p} moved {o} to the {x}.", "{p} puts {o} in the {x}.", "{p} takes {o} to the {x}.",
         "{p} brings {o} to the {x}.", "{p} carried {o} to the {x}.", "{p} carried {o} to the {x} and left {it} there.")  # fmt: skip
GOES = ("goes to", "went to", "walks to", "walked to", "runs to", "ran to", "moved to", "comes to", "drove to", "goes into", "went into")
HUES = "red blue green yellow black white brown pink purple orange gray".split()
# a deed as told, and after `did`
DONE = tuple(
    tuple(pair.split(":"))
    for pair in """went to the park:go to the park|stayed at home:stay at home|baked a cake:bake a cake|opened the window:open the window
closed the door:close the door|took the bus:take the bus|bought a coat:buy a coat|sold the car:sell the car|called a friend:call a friend
left the party:leave the party|went to bed:go to bed|ran home:run home|wore a hat:wear a hat|made a fire:make a fire
drank some tea:drink some tea|read a book:read a book|sang a song:sing a song|cleaned the house:clean the house|lit a candle:light a candle
walked to school:walk to school|went to the doctor:go to the doctor|wrote a letter:write a letter|got up early:get up early
came late:come late|played the piano:play the piano|planted a tree:plant a tree|painted the wall:paint the wall
took an umbrella:take an umbrella|went swimming:go swimming|smiled:smile|cried:cry|laughed:laugh""".replace("\n", "|").split("|")
)
REASONS = """the sun was shining|it was raining|it was cold|it was warm|it was late|it was dark|it was Sunday|it was snowing
it was a holiday|{s} was tired|{s} was hungry|{s} was bored|{s} was happy|{s} was sad|{s} was ill|{s} was thirsty|{s} was late|{s} was lonely|{s} was cold
{s} had time|{s} felt like it|{s} liked it|{s} had a headache|{s} had no money|{s} needed some rest|{s} wanted to help
it was {n}'s birthday|{n} was ill|{n} was coming|{n} asked for it|{n} was sad|{n} had no time|the bus was late|the music was loud
the shop was closed|the weather was nice|the {o} was broken|the {o} was {h}|there was no {o}|the {o} was lost|the train was full
guests were coming|school was over|everybody did it|the teacher said so""".replace("\n", "|").split("|")  # fmt: skip
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
WHO, WHAT, WHERE, WHERE_THINGS, WHO_THERE, WHO_NOW, TALLER, TALLEST, COLOUR, WHY = wordings(
    "stories", "WHO", "WHAT", "WHERE", "WHERE_THINGS", "WHO_THERE", "WHO_NOW", "TALLER", "TALLEST", "COLOUR", "WHY"
)
COMPARED = (("taller", "shorter"), ("older", "younger"), ("faster", "slower"), ("stronger", "weaker"), ("richer", "poorer"),
            ("bigger", "smaller"), ("heavier", "lighter"))  # fmt: skip


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = (_deeds, _places, _moved, _handed, tallies.changed, tallies.more_than, tallies.both, _compared, _three, _walked, _colours, _why)
    return rng.choices(kinds, (31, 11, 7, 8, 13, 5, 4, 6, 4, 4, 4, 5))[0](rng, say)


def _object(rng) -> str:
    thing = rng.choice((rng.choice(THINGS), rng.choice(THINGS), rng.choice(WORDS), made_up(rng, rng.randint(3, 6))))
    thing = f"{rng.choice(COLORS)} {thing}" if rng.random() < 0.4 else thing
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def _deeds(rng, say: Say) -> Draft:
    people = telling.people(rng, rng.choice((2, 2, 3)))
    verbs = [rng.choice(DEEDS)] * len(people) if rng.random() < 0.5 else rng.sample(DEEDS, len(people))
    objects = []
    while len(objects) < len(people):
        thing = _object(rng)
        if all(thing.split()[-1] != other.split()[-1] for other in objects):
            objects.append(thing)
    sentences = [f"{p} {v[0]} {o}{telling.when(rng)}." for p, v, o in zip(people, verbs, objects)]
    story, sentences = telling.linked(rng, sentences, when=verbs[0][2] == "did")
    at, key = rng.randrange(len(people)), (*people, *objects)
    told, verb, help = verbs[at]
    if rng.random() < 0.18:
        stranger = next(who for who in iter(lambda: name(rng), None) if who.lower() not in [p.lower() for p in people])
        stranger = stranger.lower() if people[0].islower() else stranger
        question = telling.asked(rng, say, WHAT, p=stranger, w=verb, v=told, d=help)
        return telling.draft(rng, say, key, story, question, "The story does not say.", telling.matched(people, stranger, ""))
    if rng.random() < 0.55:
        asked = f"the {objects[at].partition(' ')[2]}" if rng.random() < 0.15 else objects[at]
        question = telling.asked(rng, say, WHO, v=told, o=asked)
        found = telling.turned(list(zip(people, objects)), asked, f"{people[at]}: {sentences[at]}")
    else:
        question = telling.asked(rng, say, WHAT, p=people[at], w=verb, v=told, d=help)
        found = telling.matched(people, people[at], sentences[at])
    return telling.draft(rng, say, key, story, question, sentences[at], found)


def _places(rng, say: Say) -> Draft:
    people = telling.people(rng, rng.choice((2, 3)))
    places = rng.sample(PLACES, len(people))
    told = ("is in the", "goes to the", "sits in the", "waits in the", "plays in the", "walks to the", "went to the", "works in the")
    story, sentences = telling.linked(rng, [f"{p} {rng.choice(told)} {place}{telling.when(rng)}." for p, place in zip(people, places)], when=True)
    at = rng.randrange(len(people))
    if rng.random() < 0.5:
        question, found = telling.asked(rng, say, WHERE, p=people[at]), telling.matched(people, people[at], sentences[at])
    else:
        question = telling.asked(rng, say, WHO_THERE, o=places[at])
        found = telling.turned(list(zip(people, places)), places[at], f"{people[at]}: {sentences[at]}")
    answer = f"{people[at]} is in the {places[at]}."
    return telling.draft(rng, say, (*people, *places), story, question, answer, found)


def _moved(rng, say: Say) -> Draft:
    """A thing is put somewhere, and then elsewhere; the last place counts."""
    [who], (thing, plural) = telling.people(rng, 1), rng.choice(MOVED)
    first, then = (f"{rng.choice(COLORS)} {holder}" if rng.random() < 0.15 else holder for holder in rng.sample(HOLDERS, 2))
    she, it = rng.choice(("she", "he")), "them" if plural else "it"
    told = [f"{who} {rng.choice(PUT)} {rng.choice(('the', 'the', 'her' if she == 'she' else 'his'))} {thing} in the {first}."]
    again = (who, she.capitalize(), f"Then {she}", f"Then {who}", f"Later {who}", f"Later {she}")
    told.append(rng.choice(MOVES).format(p=rng.choice(again), o=rng.choice((f"the {thing}", it)), x=then, it=it))
    told = told[: 1 if rng.random() < 0.3 else 2]
    at, last = then if len(told) == 2 else first, len(told) - 1
    if rng.random() < 0.35:  # who put it there leaves, and the thing stays
        told.append(f"{rng.choice(again[:4])} {rng.choice(GOES)} the {rng.choice(PLACES)}.")
    story, told = telling.linked(rng, told, when=True)
    be = "are" if plural else "is"
    question = telling.asked(rng, say, WHERE_THINGS if plural else WHERE, p=f"the {thing}")
    answer, found = f"The {thing} {be} in the {at}.", telling.found(f"Last the {thing}", told[last])
    return telling.draft(rng, say, (who, thing, first, then), story, question, answer, found)


def _walked(rng, say: Say) -> Draft:
    """Somebody goes somewhere, and then elsewhere, now and then with another who stays: `Last Sam? Later he walked to the barn.`"""
    (who, other), she = telling.people(rng, 2), rng.choice(("she", "he"))
    places, alone = rng.sample((*PLACES, "bathroom", "bedroom", "river", "hall"), rng.choice((2, 2, 3))), rng.random() < 0.65
    told = [f"{who} {rng.choice((*GOES, 'is in', 'was in'))} the {places[0]}{telling.when(rng)}."]
    for place in places[1:]:
        again = [who, f"Then {who}", f"Later {who}", *((she.capitalize(), f"Then {she}", f"Later {she}") if alone else ())]
        told.append(f"{rng.choice(again)} {rng.choice(GOES)} the {place}.")
    last = len(told) - 1
    if not alone:
        at = rng.randrange(len(told) + 1)
        told.insert(at, f"{other} {rng.choice((*GOES, 'is in', 'stays in'))} the {rng.choice([p for p in PLACES if p not in places])}.")
        last += at <= last
    story, told = telling.linked(rng, told, when=True)
    question = telling.asked(rng, say, WHERE, p=who)
    return telling.draft(rng, say, (who, *places), story, question, f"{who} is in the {places[-1]}.", telling.found(f"Last {who}", told[last]))


def _handed(rng, say: Say) -> Draft:
    """A thing goes from one to the next; the last one has it."""
    people, thing = telling.people(rng, rng.choice((2, 2, 3))), _object(rng).partition(" ")[2]
    told = [f"{people[0]} {rng.choice(('has', 'had', 'finds', 'buys', 'found', 'bought'))} {'an' if thing[0] in 'aeiou' else 'a'} {thing}."]
    for giver, taker in zip(people, people[1:]):
        it, verb = rng.choice((f"the {thing}", f"the {thing}", "it")), rng.choice(("gives", "gave", "hands", "sells", "lends", "passes"))
        told.append(rng.choice((f"{giver} {verb} {it} to {taker}.", f"{giver} {verb} {it} to {taker}.", f"{taker} takes {it} from {giver}.")))
    told = told[1:] if rng.random() < 0.2 and thing in told[1] else told
    question = telling.asked(rng, say, WHO_NOW, o=f"the {thing}")
    way = ", ".join(f"{giver} to {taker}" for giver, taker in zip(people, people[1:]))
    answer = f"{people[-1]} has the {thing}."
    return telling.draft(rng, say, (*people, thing), telling.linked(rng, told)[0], question, answer, f"{way}. Last: {people[-1]}.")


def _compared(rng, say: Say) -> Draft:
    p, q = telling.people(rng, 2)
    more, less = rng.choice(COMPARED)
    if rng.random() < 0.5:
        more, less = less, more
    asked = rng.choice((more, less))
    who = p if asked == more else q
    question = telling.asked(rng, say, TALLER, c=asked, **dict(zip("pr", rng.sample((p, q), 2))))
    found = f"Is {more}: {p}. Is {less}: {q}. Asked {asked}: {who}."
    return telling.draft(rng, say, (p, q, more), f"{p} is {more} than {q}.", question, f"{who} is {asked}.", found)


def _three(rng, say: Say) -> Draft:
    """`Is taller: Tom than Ben than Lucy. Is tallest: Tom. Is shortest: Lucy. Asked shortest: Lucy.`"""
    people = telling.people(rng, 3)
    more, less = rng.choice(COMPARED)
    if rng.random() < 0.4:
        more, less = less, more
    most, least = f"{more[:-2]}est", f"{less[:-2]}est"
    told = [f"{p} is {more} than {q}." for p, q in zip(people, people[1:])]
    story, _ = telling.linked(rng, told)
    asked = rng.choice((most, least))
    who = people[0] if asked == most else people[-1]
    found = f"Is {more}: {' than '.join(people)}. Is {most}: {people[0]}. Is {least}: {people[-1]}. Asked {asked}: {who}."
    return telling.draft(rng, say, (*people, more), story, telling.asked(rng, say, TALLEST, c=asked), f"{who} is the {asked}.", found)


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _colours(rng, say: Say) -> Draft:
    """The same thing of two people in two colours: `Sam - Ida: no, Ida - Ida: yes. Ida has a green one.`"""
    people, thing = telling.people(rng, rng.choice((2, 2, 2, 3))), rng.choice(THINGS)
    hues, has = rng.sample(HUES, len(people)), rng.choice(("has", "has", "buys", "got", "owns", "had", "wears"))
    has = "has" if has == "wears" and thing not in ("coat", "hat", "scarf") else has
    if rng.random() < 0.5:
        told = [f"{p} {has} {_a(hue)} {thing if p == people[0] else rng.choice((thing, 'one', 'one'))}." for p, hue in zip(people, hues)]
        story, told = telling.linked(rng, told)
        story = story.replace(". ", " and ", 1) if len(people) == 2 and " and " not in story and rng.random() < 0.4 else story
    elif rng.random() < 0.6:
        of, be = rng.choice(("", f" {thing}")), rng.choice(("is", "is", "was"))
        story, told = telling.linked(rng, [f"{p}'s{of if p != people[0] else f' {thing}'} {be} {hue}." for p, hue in zip(people, hues)])
    else:
        told = [f"The {thing} of {p} is {hue}." for p, hue in zip(people, hues)]
        story = " ".join(told)
    at = rng.randrange(len(people))
    question, answer = telling.asked(rng, say, COLOUR, p=people[at], o=thing), f"The {thing} of {people[at]} is {hues[at]}."
    return telling.draft(rng, say, (*people, thing, *hues), story, question, answer, telling.matched(people, people[at], told[at]))


def _reason(rng, she: str) -> str:
    text = rng.choice(REASONS)
    thing = rng.choice((rng.choice(THINGS), rng.choice(WORDS[:60]), made_up(rng, rng.randint(3, 6))))
    return text.format(s=she, n=name(rng), o=thing, h=rng.choice((*HUES[:5], "cold", "old", "new", "small", "dirty", "empty")))


def _why(rng, say: Say) -> Draft:
    """`Leo - Ida: no, Ida - Ida: yes. because the bus was late.`"""
    people, told, reasons = telling.people(rng, rng.choice((1, 1, 2))), [], []
    deeds = rng.sample(DONE, len(people))
    for p, (did, _) in zip(people, deeds):
        reasons.append(_reason(rng, she := rng.choice(("she", "he"))))
        kind, when = rng.random(), rng.choice((" with a friend", " with the dog", " again")) if rng.random() < 0.08 else telling.when(rng)
        if kind < 0.75:
            told.append(f"{p} {did}{when} because {reasons[-1]}.")
        elif kind < 0.92 and she not in reasons[-1].split():
            reason = reasons[-1]
            told.append(rng.choice((f"Because {reason}, {p} {did}{when}.", f"{reason[0].upper()}{reason[1:]}, so {p} {did}{when}.")))
        else:
            told.append(f"{p} {did}{when}{rng.choice(('', ','))} because {reasons[-1]}.")
    at = rng.randrange(len(people))
    asked = she if len(people) == 1 and rng.random() < 0.25 else people[at]
    question = telling.asked(rng, say, WHY, p=asked, w=deeds[at][1], v=deeds[at][0])
    question = question.replace(" made she ", " made her ").replace(" made he ", " made him ")
    found = f"{people[0]} - {she}: yes. because {reasons[0]}." if asked == she else telling.matched(people, asked, f"because {reasons[at]}.")
    return telling.draft(rng, say, (*people, deeds[at][0], *reasons), " ".join(told), question, f"Because {reasons[at]}.", found)
