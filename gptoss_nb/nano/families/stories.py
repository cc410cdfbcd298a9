"""Two or three sentences about made-up people, and a question on who has, wants or did what, where, why or how many."""

import random
import re

from .draft import Draft, Say, Wordings, wordings
from .facts import numeral
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
FRUIT = """apples coins books cards stones shells nuts stamps pears buttons pencils eggs marbles oranges sweets cookies balloons balls
stickers flowers toys candles plums keys""".split()
# what makes more and what makes less: as told now, and of the past
PLUS = ("finds gets buys wins".split(), "found got bought won".split())
MINUS = ("loses eats sells drops".split(), "lost ate sold dropped".split())
HUES = "red blue green yellow black white brown pink purple orange gray".split()
# what is told without being asked for
DETAILS = """after lunch|on Sunday|on Monday|in the morning|in the evening|today|yesterday|last week|this afternoon|before dinner
after school|on Saturday|at noon|last night|after work|early in the day""".replace("\n", "|").split("|")
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
TOGETHER, WHO, WHAT, WHERE, WHERE_THINGS, WHO_THERE, WHO_NOW, HOW_MANY, TALLER = wordings(
    "stories", "TOGETHER", "WHO", "WHAT", "WHERE", "WHERE_THINGS", "WHO_THERE", "WHO_NOW", "HOW_MANY", "TALLER"
)
HOW_MANY_HAS, BOTH_HAVE, TALLEST, COLOUR, WHY = wordings("stories", "HOW_MANY_HAS", "BOTH_HAVE", "TALLEST", "COLOUR", "WHY")
COMPARED = (("taller", "shorter"), ("older", "younger"), ("faster", "slower"), ("stronger", "weaker"), ("richer", "poorer"),
            ("bigger", "smaller"), ("heavier", "lighter"))  # fmt: skip


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = (_deeds, _places, _moved, _handed, _changed, _more_than, _both, _compared, _three, _walked, _colours, _why)
    return rng.choices(kinds, (31, 11, 7, 8, 13, 5, 4, 6, 4, 4, 4, 5))[0](rng, say)


def _people(rng, n: int) -> list[str]:
    people = []
    while len(people) < n:
        who = name(rng)
        if who not in people:
            people.append(who)
    return [who.lower() for who in people] if rng.random() < 0.07 else people


def _linked(rng, sentences: list[str], when: bool = False) -> tuple[str, list[str]]:
    """The story, and each sentence as it stands there, for the working to repeat: now and then two are joined by a word, and
    where `when` says so, the first tells when it was."""
    told, after = [sentence.rstrip(".") for sentence in sentences], [". "] * (len(sentences) - 1)
    if after and rng.random() < 0.22:
        at = rng.randrange(len(after))
        after[at] = rng.choice((" and ", " and ", " and ", ", and ", ", ", " but ", ", but "))
        told[at + 1] = re.sub("^(She|He|Then|Later)( she| he)?", lambda found: found[0].lower(), told[at + 1])
        if told[at + 1].startswith("then ") and after[at] == " and " and rng.random() < 0.6:
            told[at + 1] = re.sub("^then (she|he) ", "then ", told[at + 1])
    text = [*told]
    if when and rng.random() < 0.08:
        text[0] = f"{rng.choice(DETAILS).capitalize()}{rng.choice((', ', ' '))}{text[0]}"
    return "".join(f"{clause}{stop}" for clause, stop in zip(text, [*after, "."])), [f"{clause}." for clause in told]


def _draft(rng, say: Say, key, story: str, question: str, answer: str, found: str) -> Draft:
    question = question if question[-1] in "?." else f"{question}?"
    return Draft(key, say(TOGETHER, s=story, q=question), answer, found, f"{found} Check: {found}")


def _found(asked: str, sentence: str) -> str:
    """`Ben? Ben has a drum.`: what is asked for, and the sentence where it stands."""
    return f"{asked}? {sentence}"


def _matched(told: list[str], asked: str, sentence: str) -> str:
    """`Ben - Ida: no, Ida - Ida: yes. Ida has a kite.`: one by one, each beside what is asked for, up to the one that it is;
    that somebody is not there cannot be seen at a glance."""
    if asked not in told:
        return f"{', '.join(f'{one} - {asked}: no' for one in told)}. Not there."
    at = told.index(asked)
    return f"{''.join(f'{one} - {asked}: no, ' for one in told[:at])}{asked} - {asked}: yes. {sentence}"


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
    text, who = say.bare(wordings, **operands), operands.get("p", " ")
    return text[0].lower() + text[1:] if not text.startswith(who) and (who.islower() or rng.random() < 0.2) else text


def _deeds(rng, say: Say) -> Draft:
    people = _people(rng, rng.choice((2, 2, 3)))
    verbs = [rng.choice(DEEDS)] * len(people) if rng.random() < 0.5 else rng.sample(DEEDS, len(people))
    objects = []
    while len(objects) < len(people):
        thing = _object(rng)
        if all(thing.split()[-1] != other.split()[-1] for other in objects):
            objects.append(thing)
    sentences = [f"{p} {v[0]} {o}{_when(rng)}." for p, v, o in zip(people, verbs, objects)]
    story, sentences = _linked(rng, sentences, when=verbs[0][2] == "did")
    at, key = rng.randrange(len(people)), (*people, *objects)
    told, verb, help = verbs[at]
    if rng.random() < 0.18:
        stranger = next(who for who in iter(lambda: name(rng), None) if who.lower() not in [p.lower() for p in people])
        stranger = stranger.lower() if people[0].islower() else stranger
        question = _asked(rng, say, WHAT, p=stranger, w=verb, v=told, d=help)
        return _draft(rng, say, key, story, question, "The story does not say.", _matched(people, stranger, ""))
    if rng.random() < 0.55:
        asked = f"the {objects[at].partition(' ')[2]}" if rng.random() < 0.15 else objects[at]
        question = _asked(rng, say, WHO, v=told, o=asked)
        found = _turned(list(zip(people, objects)), asked, f"{people[at]}: {sentences[at]}")
    else:
        question = _asked(rng, say, WHAT, p=people[at], w=verb, v=told, d=help)
        found = _matched(people, people[at], sentences[at])
    return _draft(rng, say, key, story, question, sentences[at], found)


def _when(rng) -> str:
    """Something more that is told."""
    return f" {rng.choice(DETAILS)}" if rng.random() < 0.04 else ""


def _places(rng, say: Say) -> Draft:
    people = _people(rng, rng.choice((2, 3)))
    places = rng.sample(PLACES, len(people))
    told = ("is in the", "goes to the", "sits in the", "waits in the", "plays in the", "walks to the", "went to the", "works in the")
    story, sentences = _linked(rng, [f"{p} {rng.choice(told)} {place}{_when(rng)}." for p, place in zip(people, places)], when=True)
    at = rng.randrange(len(people))
    if rng.random() < 0.5:
        question, found = _asked(rng, say, WHERE, p=people[at]), _matched(people, people[at], sentences[at])
    else:
        question = _asked(rng, say, WHO_THERE, o=places[at])
        found = _turned(list(zip(people, places)), places[at], f"{people[at]}: {sentences[at]}")
    answer = f"{people[at]} is in the {places[at]}."
    return _draft(rng, say, (*people, *places), story, question, answer, found)


def _moved(rng, say: Say) -> Draft:
    """A thing is put somewhere, and then elsewhere; the last place counts."""
    [who], (thing, plural) = _people(rng, 1), rng.choice(MOVED)
    first, then = (f"{rng.choice(COLORS)} {holder}" if rng.random() < 0.15 else holder for holder in rng.sample(HOLDERS, 2))
    she, it = rng.choice(("she", "he")), "them" if plural else "it"
    told = [f"{who} {rng.choice(PUT)} {rng.choice(('the', 'the', 'her' if she == 'she' else 'his'))} {thing} in the {first}."]
    again = (who, she.capitalize(), f"Then {she}", f"Then {who}", f"Later {who}", f"Later {she}")
    told.append(rng.choice(MOVES).format(p=rng.choice(again), o=rng.choice((f"the {thing}", it)), x=then, it=it))
    told = told[: 1 if rng.random() < 0.3 else 2]
    at, last = then if len(told) == 2 else first, len(told) - 1
    if rng.random() < 0.35:  # who put it there leaves, and the thing stays
        told.append(f"{rng.choice(again[:4])} {rng.choice(GOES)} the {rng.choice(PLACES)}.")
    story, told = _linked(rng, told, when=True)
    be = "are" if plural else "is"
    question = _asked(rng, say, WHERE_THINGS if plural else WHERE, p=f"the {thing}")
    answer, found = f"The {thing} {be} in the {at}.", _found(f"Last the {thing}", told[last])
    return _draft(rng, say, (who, thing, first, then), story, question, answer, found)


def _walked(rng, say: Say) -> Draft:
    """Somebody goes somewhere, and then elsewhere, now and then with another who stays: `Last Sam? Later he walked to the barn.`"""
    (who, other), she = _people(rng, 2), rng.choice(("she", "he"))
    places, alone = rng.sample((*PLACES, "bathroom", "bedroom", "river", "hall"), rng.choice((2, 2, 3))), rng.random() < 0.65
    told = [f"{who} {rng.choice((*GOES, 'is in', 'was in'))} the {places[0]}{_when(rng)}."]
    for place in places[1:]:
        again = [who, f"Then {who}", f"Later {who}", *((she.capitalize(), f"Then {she}", f"Later {she}") if alone else ())]
        told.append(f"{rng.choice(again)} {rng.choice(GOES)} the {place}.")
    last = len(told) - 1
    if not alone:
        at = rng.randrange(len(told) + 1)
        told.insert(at, f"{other} {rng.choice((*GOES, 'is in', 'stays in'))} the {rng.choice([p for p in PLACES if p not in places])}.")
        last += at <= last
    story, told = _linked(rng, told, when=True)
    question = _asked(rng, say, WHERE, p=who)
    return _draft(rng, say, (who, *places), story, question, f"{who} is in the {places[-1]}.", _found(f"Last {who}", told[last]))


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
    answer = f"{people[-1]} has the {thing}."
    return _draft(rng, say, (*people, thing), _linked(rng, told)[0], question, answer, f"{way}. Last: {people[-1]}.")


def _figures(rng, *numbers: int) -> list[str]:
    """Numbers as they stand in a story: in digits, now and then small ones in words."""
    words = rng.random() < 0.15
    return [numeral(n) if words and 2 <= n <= 12 else str(n) for n in numbers]


def _counted(a: int, b: int, plus: bool) -> tuple[int, str]:
    """What comes out, and `9 + 4 = 13`."""
    left = a + b if plus else a - b
    return left, f"{a} {'+' if plus else '-'} {b} = {left}"


def _changed(rng, say: Say) -> Draft:
    """Somebody has some, and gives, gets, finds or eats some. The sign is decided by the word before it:
    `First 9. Ida gives 4, Tom gets 4. Tom? gets 4: 9 + 4 = 13 nuts.` and `First 9, finds 3: 9 + 3 = 12, eats 2: 12 - 2 = 10 nuts.`"""
    p, q = _people(rng, 2)
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
    question = _asked(rng, say, HOW_MANY, o=things, p=p)
    return _draft(rng, say, key, _linked(rng, told)[0], question, f"{p} has {left} {things}.", found)


def _some(rng, n: str, things: str, plus: bool) -> str:
    more = (f"{n} more {things}", f"{n} more", f"another {n}", f"{n} {things}")
    return rng.choice(more if plus else (f"{n} {things}", f"{n} {things}", n, f"{n} of them"))


def _more_than(rng, say: Say) -> Draft:
    """`Ida has 9 nuts, Tom has 5 more than Ida.`: `Ida 9. Tom 5 more: 9 + 5 = 14 nuts.`"""
    p, q = _people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 12)
    plus, has = rng.random() < 0.55 or b > a, rng.choice(("has", "has", "has", "owns"))
    more, (left, sum) = "more" if plus else rng.choice(("fewer", "fewer", "less")), _counted(a, b, plus)
    first, change = _figures(rng, a, b)
    than = rng.choice((f"than {p}", f"than {p}", f"{things} than {p}"))
    story, _ = _linked(rng, [f"{p} {has} {first} {things}.", f"{q} {has} {change} {more} {than}."])
    story = story.replace(f"{things}. {q}", f"{things}, {q}") if rng.random() < 0.2 else story
    question = _asked(rng, say, HOW_MANY_HAS, o=things, p=q)
    answer, found = f"{q} has {left} {things}.", f"{p} {a}. {q} {b} {more}: {sum} {things}."
    return _draft(rng, say, (p, q, a, b, "more"), story, question, answer, found)


def _both(rng, say: Say) -> Draft:
    """`Ida 3, Tom 5. Together: 3 + 5 = 8 nuts.`"""
    p, q = _people(rng, 2)
    things, a, b = rng.choice(FRUIT), rng.randint(2, 20), rng.randint(2, 20)
    (first, second), (left, sum), has = _figures(rng, a, b), _counted(a, b, True), rng.choice(("has", "has", "has", "finds", "buys", "had"))
    story, _ = _linked(rng, [f"{p} {has} {first} {things}.", f"{q} {has} {second}{rng.choice(('', f' {things}'))}."])
    question = _asked(rng, say, BOTH_HAVE, o=things, p=p, r=q)
    answer, found = f"They have {left} {things} together.", f"{p} {a}, {q} {b}. Together: {sum} {things}."
    return _draft(rng, say, (p, q, a, b, "both"), story, question, answer, found)


def _compared(rng, say: Say) -> Draft:
    p, q = _people(rng, 2)
    more, less = rng.choice(COMPARED)
    if rng.random() < 0.5:
        more, less = less, more
    asked = rng.choice((more, less))
    who = p if asked == more else q
    question = _asked(rng, say, TALLER, c=asked, **dict(zip("pr", rng.sample((p, q), 2))))
    found = f"Is {more}: {p}. Is {less}: {q}. Asked {asked}: {who}."
    return _draft(rng, say, (p, q, more), f"{p} is {more} than {q}.", question, f"{who} is {asked}.", found)


def _three(rng, say: Say) -> Draft:
    """`Is taller: Tom than Ben than Lucy. Is tallest: Tom. Is shortest: Lucy. Asked shortest: Lucy.`"""
    people = _people(rng, 3)
    more, less = rng.choice(COMPARED)
    if rng.random() < 0.4:
        more, less = less, more
    most, least = f"{more[:-2]}est", f"{less[:-2]}est"
    told = [f"{p} is {more} than {q}." for p, q in zip(people, people[1:])]
    story, _ = _linked(rng, told[::-1] if rng.random() < 0.15 else told)
    asked = rng.choice((most, least))
    who = people[0] if asked == most else people[-1]
    found = f"Is {more}: {' than '.join(people)}. Is {most}: {people[0]}. Is {least}: {people[-1]}. Asked {asked}: {who}."
    return _draft(rng, say, (*people, more), story, _asked(rng, say, TALLEST, c=asked), f"{who} is the {asked}.", found)


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _colours(rng, say: Say) -> Draft:
    """The same thing of two people in two colours: `Sam - Ida: no, Ida - Ida: yes. Ida has a green one.`"""
    people, thing = _people(rng, rng.choice((2, 2, 2, 3))), rng.choice(THINGS)
    hues, has = rng.sample(HUES, len(people)), rng.choice(("has", "has", "buys", "got", "owns", "had", "wears"))
    has = "has" if has == "wears" and thing not in ("coat", "hat", "scarf") else has
    if rng.random() < 0.5:
        told = [f"{p} {has} {_a(hue)} {thing if p == people[0] else rng.choice((thing, 'one', 'one'))}." for p, hue in zip(people, hues)]
        story, told = _linked(rng, told)
        story = story.replace(". ", " and ", 1) if len(people) == 2 and " and " not in story and rng.random() < 0.4 else story
    elif rng.random() < 0.6:
        of, be = rng.choice(("", f" {thing}")), rng.choice(("is", "is", "was"))
        story, told = _linked(rng, [f"{p}'s{of if p != people[0] else f' {thing}'} {be} {hue}." for p, hue in zip(people, hues)])
    else:
        told = [f"The {thing} of {p} is {hue}." for p, hue in zip(people, hues)]
        story = " ".join(told)
    at = rng.randrange(len(people))
    question, answer = _asked(rng, say, COLOUR, p=people[at], o=thing), f"The {thing} of {people[at]} is {hues[at]}."
    return _draft(rng, say, (*people, thing, *hues), story, question, answer, _matched(people, people[at], told[at]))


def _reason(rng, she: str) -> str:
    text = rng.choice(REASONS)
    thing = rng.choice((rng.choice(THINGS), rng.choice(WORDS[:60]), made_up(rng, rng.randint(3, 6))))
    return text.format(s=she, n=name(rng), o=thing, h=rng.choice((*HUES[:5], "cold", "old", "new", "small", "dirty", "empty")))


def _why(rng, say: Say) -> Draft:
    """`Leo - Ida: no, Ida - Ida: yes. because the bus was late.`"""
    people, told, reasons = _people(rng, rng.choice((1, 1, 2))), [], []
    deeds = rng.sample(DONE, len(people))
    for p, (did, _) in zip(people, deeds):
        reasons.append(_reason(rng, she := rng.choice(("she", "he"))))
        kind, when = rng.random(), rng.choice((" with a friend", " with the dog", " again")) if rng.random() < 0.08 else _when(rng)
        if kind < 0.75:
            told.append(f"{p} {did}{when} because {reasons[-1]}.")
        elif kind < 0.92 and she not in reasons[-1].split():
            reason = reasons[-1]
            told.append(rng.choice((f"Because {reason}, {p} {did}{when}.", f"{reason[0].upper()}{reason[1:]}, so {p} {did}{when}.")))
        else:
            told.append(f"{p} {did}{when}{rng.choice(('', ','))} because {reasons[-1]}.")
    at = rng.randrange(len(people))
    asked = she if len(people) == 1 and rng.random() < 0.25 else people[at]
    question = _asked(rng, say, WHY, p=asked, w=deeds[at][1], v=deeds[at][0])
    question = question.replace(" made she ", " made her ").replace(" made he ", " made him ")
    found = f"{people[0]} - {she}: yes. because {reasons[0]}." if asked == she else _matched(people, asked, f"because {reasons[at]}.")
    return _draft(rng, say, (*people, deeds[at][0], *reasons), " ".join(told), question, f"Because {reasons[at]}.", found)
