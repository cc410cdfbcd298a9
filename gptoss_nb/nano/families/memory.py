"""What the user tells of himself in one turn and asks for in a later one; corrections count, and what was not told is said so."""

import random
import re

from .draft import Draft, Say, Turn, Wordings, wordings
from .lexicon import WORDS, made_up, name

COLORS = "red blue green yellow purple pink black white brown silver gold gray orange".split()
ANIMALS = "cat dog horse cow sheep goat pig duck mouse rabbit tiger lion bear wolf fox deer eagle owl whale shark panda koala".split()
FOODS = "bread cheese honey soup cake pie rice pasta pizza salad fish apples bananas cherries chocolate tomatoes potatoes noodles".split()
CITIES = "Oslo Paris Berlin Madrid Rome London Lima Cairo Tokyo Delhi Vienna Prague Athens Dublin Lisbon Helsinki".split()
JOBS = """nurse teacher doctor baker farmer cook painter writer singer sailor driver pilot lawyer dentist gardener waiter plumber
carpenter cleaner librarian journalist mechanic programmer tailor butcher barber secretary photographer musician dancer scientist
postman chef vet builder judge engineer artist actor accountant electrician architect soldier hairdresser translator banker""".split()
JOBS += ["bus driver", "police officer", "taxi driver", "shop assistant", "truck driver"]
INSTRUMENTS = "piano guitar violin flute drums cello harp trumpet saxophone clarinet organ trombone banjo ukulele bass accordion".split()
HOBBIES = """reading painting cooking gardening fishing dancing singing baking drawing hiking knitting sewing camping sailing writing
photography pottery gaming travelling""".split()
SPORTS = "football tennis chess swimming running skiing hockey golf boxing cycling rowing basketball".split()


def _one_of(values: list[str]):
    return lambda rng: rng.choice(values)


def _city(rng) -> str:
    return rng.choice(CITIES) if rng.random() < 0.6 else made_up(rng, rng.randint(4, 7)).capitalize()


PETS = ("dog", "cat", "friend", "sister", "brother")
_VALUES = {  # subject: answer to what is told, answer to what is asked, answer where it was not told, drawing a value
    "name": ("Hello {v}, nice to meet you.", "Your name is {v}.", "You have not told me your name.", name),
    "color": (
        "I will remember the color {v}.",
        "Your favorite color is {v}.",
        "You have not told me your favorite color.",
        _one_of(COLORS),
    ),
    "animal": (
        "I will remember the {v}.",
        "Your favorite animal is the {v}.",
        "You have not told me your favorite animal.",
        _one_of(ANIMALS),
    ),
    "food": ("I will remember the food {v}.", "Your favorite food is {v}.", "You have not told me your favorite food.", _one_of(FOODS)),
    "number": (
        "I will remember the number {v}.",
        "The number is {v}.",
        "You have not told me a number.",
        lambda rng: str(rng.randrange(10 ** rng.randint(1, 5))),
    ),
    "city": ("{v} is a nice place.", "You live in {v}.", "You have not told me where you live.", _city),
    "age": (
        "I will remember that you are {v}.",
        "You are {v} years old.",
        "You have not told me your age.",
        lambda rng: str(rng.randint(5, 99)),
    ),
    "sport": (
        "I will remember the sport {v}.",
        "Your favorite sport is {v}.",
        "You have not told me your favorite sport.",
        _one_of(SPORTS),
    ),
    "job": ("I will remember the job {v}.", "Your job is {v}.", "You have not told me your job.", _one_of(JOBS)),
    "instrument": (
        "I will remember the instrument {v}.",
        "You play the {v}.",
        "You have not told me your instrument.",
        _one_of(INSTRUMENTS),
    ),
    "hobby": ("I will remember the hobby {v}.", "Your hobby is {v}.", "You have not told me your hobby.", _one_of(HOBBIES)),
    "code": (
        "I will remember the code word {v}.",
        "The code word is {v}.",
        "You have not told me a code word.",
        lambda rng: rng.choice(WORDS) if rng.random() < 0.5 else made_up(rng, rng.randint(4, 8)),
    ),
} | {
    pet: (f"I will remember your {pet} {{v}}.", f"Your {pet} is called {{v}}.", f"You have not told me the name of your {pet}.", name)
    for pet in PETS
}


def _said(subject: str) -> list[Wordings]:
    """How it is told and how it is asked for."""
    told_asked = wordings("memory", *(f"{'pet' if subject in PETS else subject} {part}" for part in ("told", "asked")))
    return [Wordings(*(tuple(t.replace("{pet}", subject) for t in some) for some in (w.trained, w.kept))) for w in told_asked]


THINGS = {subject: (*_said(subject), *rest) for subject, rest in _VALUES.items()}
CORRECTED = ("Actually, {t}", "No, wait: {t}", "Sorry, {t}", "I was wrong: {t}", "Correction: {t}", "Oh no, I meant: {t}", "wait, {t}")
# the name and another thing in one sentence
INTRODUCED = dict(zip(("age", "city", "job"), wordings("memory", "name and age", "name and city", "name and job")))
# what is told besides, before and after; none of it makes a wording that is kept for the test
LEADING = ("Hello!", "hello!", "Hi!", "hi!", "hey!", "Good evening!", "Oh, and", "Btw,", "btw", "FYI:", "Just so you know:", "One thing:",
           "Also,", "Another thing:", "Something about me:", "Nice to meet you!", "OK.", "You should know:", "And", "So,")  # fmt: skip
TRAILING = (" btw", " btw.", ", just so you know.", ", you know.", " :)", ", if you want to know.", ", remember that.",
            ". Remember that, please.", ", that is all.", "!", ", as you may know.", ". Nice, right?", ". What about you?")  # fmt: skip
MORE = {
    "city": (" with my two cats.", " with my family.", " near the river.", ", it is a nice city.", " with my wife.", " since last year.",
             " and I like it.", " with my brother and two dogs.", " in a small flat.", " with my parents.", ", in an old house."),
    "job": (" in a small town.", " in a big city.", " and I like it.", ", it is hard work.", " for many years.", " since last year."),
    "age": (", so I am not so young.", " and I feel fine.", ", can you believe it?", ", like my best friend."),
    "instrument": (" in a band.", " every day.", " badly.", " since I was a child.", " at school.", " with my friends."),
    "hobby": (", I do it every day.", " with my friends.", ", at least in summer."),
    "sport": (", I do it every day.", " with my friends.", ", at least in winter."),
    "food": (" with some salt.", ", it tastes so good.", ", my mother makes the best.", ", what else."),
    "color": (", like the sea at night.", ", it looks so nice.", ", my whole room has it."),
    "animal": (", they are so nice.", ", I saw one last year.", ", what a strange one."),
} | {pet: (", the best in the world.", ". So nice!", ", we are together every day.", ", the best I ever had.") for pet in PETS}  # fmt: skip


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.22:
        return _told(rng, say)
    asked, *others = rng.sample(list(THINGS), rng.choices((1, 2, 3, 4), (40, 30, 20, 10))[0])
    known = rng.random() < 0.8
    values = {subject: THINGS[subject][5](rng) for subject in ([asked] if known else []) + others}
    told = list(values)
    rng.shuffle(told)
    turns = [_turn(rng, say, subject, values[subject]) for subject in told]
    if len(turns) > 1 and rng.random() < 0.3:
        turns[:2] = [_joined(rng, *turns[:2])]
    if "name" in told and rng.random() < 0.5 and (other := next((subject for subject in told if subject in INTRODUCED), None)):
        told = ["name", other, *(subject for subject in told if subject not in ("name", other))]
        turns = [_introduced(rng, say, other, values), *(_turn(rng, say, subject, values[subject]) for subject in told[2:])]
    if known and rng.random() < 0.12:
        values[asked] = THINGS[asked][5](rng)
        turn = _turn(rng, say, asked, values[asked])
        turns.append(Turn(rng.choice(CORRECTED).format(t=turn.prompt), turn.answer))
    _, asking, _, answer, missing, _ = THINGS[asked]
    key = tuple(sorted(value.lower() for value in values.values())) or ("nothing", asked)
    prompt = say(asking)
    # what was told is gone through first, one by one: that something is not there cannot be seen at a glance
    passed = [f"{subject} no" for subject in (told[: told.index(asked)] if known else told)]
    said = f"Asked {asked}. Told: {', '.join([*passed, f'{asked} yes'] if known else passed) or 'nothing'}."
    if not known:
        return Draft(key, prompt, missing, f"{said} Not told.", f"{said} Not told. Check: no turn says it.", tuple(turns))
    medium = f"{said} {asked}: {values[asked]}."
    high = f"{medium} Check: the last turn about it says {values[asked]}."
    return Draft(key, prompt, answer.format(v=values[asked]), medium, high, tuple(turns))


def _turn(rng, say: Say, subject: str, value: str) -> Turn:
    telling, _, reply, *_ = THINGS[subject]
    text = say(telling, v=value)
    if subject == "job" and value[0] in "aeiou":
        text = re.sub(rf"\b([Aa]) (?={value})", r"\1n ", text)
    return Turn(_amid(rng, subject, text, value), reply.format(v=value))


def _amid(rng, subject: str, text: str, value: str) -> str:
    """With something before or after it: `hello! I live in Oslo`, `I live in Oslo with my two cats.`"""
    if subject not in ("name", "code", "number") and text.removesuffix(".").endswith(value) and rng.random() < 0.22:
        # `I live in Oslo with my family`, but not `My city is Oslo with my family`
        fitting = [more for more in MORE[subject] if more[0] != " " or re.match("(I|We)( |'m |'ve )(?!have a )", text, re.IGNORECASE)]
        more = fitting if fitting and rng.random() < 0.6 else TRAILING
        text = f"{text.removesuffix('.')}{rng.choice(more)}"
    if subject != "name" and rng.random() < 0.12:
        before = rng.choice(LEADING)
        keeps = before[-1] in "!." or re.match(rf"(I|I'm|{re.escape(value)})\b", text)
        text = f"{before} {text if keeps else text[0].lower() + text[1:]}"
    return text


def _introduced(rng, say: Say, other: str, values: dict[str, str]) -> Turn:
    """The name and another thing in one sentence: `Sofia here, 27 years old.`"""
    text = say(INTRODUCED[other], n=values["name"], v=values[other])
    if other == "job" and values[other][0] in "aeiou":
        text = re.sub(rf"\b([Aa]) (?={values[other]})", r"\1n ", text)
    return Turn(text, " ".join(THINGS[subject][2].format(v=values[subject]) for subject in ("name", other)))


def _joined(rng, one: Turn, other: Turn) -> Turn:
    """Both told in one go: `My name is Ada and I live in Oslo.`"""
    first, second = one.prompt.rstrip(".!"), other.prompt
    if first[-1] == "?" or re.match(r"\w[^.!:]*[.!:] ", second) or rng.random() < 0.3:
        return Turn(f"{one.prompt} {second}", f"{one.answer} {other.answer}")
    second = second if second.split()[0] in ("I", "I'm") else second[0].lower() + second[1:]
    return Turn(f"{first}{rng.choice((' and ', ', and ', ', '))}{second}", f"{one.answer} {other.answer}")


def _told(rng, say: Say) -> Draft:
    subjects = rng.sample(list(THINGS), 2 if rng.random() < 0.25 else 1)
    values = [THINGS[subject][5](rng) for subject in subjects]
    turns = [_turn(rng, say, subject, value) for subject, value in zip(subjects, values)]
    if rng.random() < 0.12:
        subjects = ["name", rng.choice(list(INTRODUCED))]
        values = [THINGS[subject][5](rng) for subject in subjects]
        turn = _introduced(rng, say, subjects[1], dict(zip(subjects, values)))
    else:
        turn = _joined(rng, *turns) if len(turns) == 2 else turns[0]
    medium = f"The user says {', '.join(f'{subject}: {value}' for subject, value in zip(subjects, values))}."
    return Draft(tuple(value.lower() for value in values), turn.prompt, turn.answer, medium, f"{medium} I remember it.")
