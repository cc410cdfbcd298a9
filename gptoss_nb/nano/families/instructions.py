"""Following an instruction, from the developer message or in the question itself: in capitals, in one word, in another language,
spelled with dashes, with a beginning or an ending."""

import random

from . import calendar, facts, talk
from .draft import Draft, Say, Wordings, wordings
from .lexicon import WORDS, made_up, name

(
    CAPITALS,
    LOWER,
    ONE_WORD,
    IN_LANGUAGE,
    ENDING,
    BEGINNING,
    NAMED,
    DASHES,
    CAPITALS_IN,
    LOWER_IN,
    ONE_WORD_IN,
    DASHES_IN,
    LANGUAGE_IN,
    SUM,
) = wordings(
    "instructions",
    "CAPITALS",
    "LOWER",
    "ONE_WORD",
    "IN_LANGUAGE",
    "ENDING",
    "BEGINNING",
    "NAMED",
    "DASHES",
    "CAPITALS_IN",
    "LOWER_IN",
    "ONE_WORD_IN",
    "DASHES_IN",
    "LANGUAGE_IN",
    "SUM",
)
# the instruction and the question in one sentence; the question begins without capital
IDLE = (
    "Be brief.",
    "You are a helpful assistant.",
    "Be kind and clear.",
    "Answer the question.",
    "Help the user.",
    "Be polite.",
    "You help with homework.",
    "Be friendly.",
)
JOINTS = ("{i} {q}", "{q} {i}", "{i} {q}", "{q} ({i})")

# country and capital in French, German, Spanish
COUNTRIES = {
    "France": ("la France|Paris", "Frankreich|Paris", "Francia|París"),
    "Germany": ("l'Allemagne|Berlin", "Deutschland|Berlin", "Alemania|Berlín"),
    "Spain": ("l'Espagne|Madrid", "Spanien|Madrid", "España|Madrid"),
    "Italy": ("l'Italie|Rome", "Italien|Rom", "Italia|Roma"),
    "Portugal": ("le Portugal|Lisbonne", "Portugal|Lissabon", "Portugal|Lisboa"),
    "Austria": ("l'Autriche|Vienne", "Österreich|Wien", "Austria|Viena"),
    "Greece": ("la Grèce|Athènes", "Griechenland|Athen", "Grecia|Atenas"),
    "Norway": ("la Norvège|Oslo", "Norwegen|Oslo", "Noruega|Oslo"),
    "Poland": ("la Pologne|Varsovie", "Polen|Warschau", "Polonia|Varsovia"),
    "Japan": ("le Japon|Tokyo", "Japan|Tokio", "Japón|Tokio"),
    "Russia": ("la Russie|Moscou", "Russland|Moskau", "Rusia|Moscú"),
    "England": ("l'Angleterre|Londres", "England|London", "Inglaterra|Londres"),
}
# opposites in French, German, Spanish
ADJECTIVES = {
    ("hot", "cold"): ("chaud|froid", "heiß|kalt", "caliente|frío"),
    ("big", "small"): ("grand|petit", "groß|klein", "grande|pequeño"),
    ("good", "bad"): ("bon|mauvais", "gut|schlecht", "bueno|malo"),
    ("black", "white"): ("noir|blanc", "schwarz|weiß", "negro|blanco"),
    ("full", "empty"): ("plein|vide", "voll|leer", "lleno|vacío"),
    ("rich", "poor"): ("riche|pauvre", "reich|arm", "rico|pobre"),
    ("long", "short"): ("long|court", "lang|kurz", "largo|corto"),
    ("fast", "slow"): ("rapide|lent", "schnell|langsam", "rápido|lento"),
}
_LOWERED = set(
    """What What's Which Tell Name Do The Can Could Give Capital Contrary Opposite Plural How Find One Color Colour Add Work
Say Please If Today In Of Who Where When Are Is Has Have Did Does Will Put Make Form Write I'd Calculate Compute Sum
Solve Evaluate Tomorrow Yesterday Next Day""".split()
)
OF = {"la ": "de la ", "l'": "de l'", "le ": "du "}


def draw(rng: random.Random, say: Say) -> Draft:
    kind = rng.choices((_shaped, _worded, _languages, _idle), (40, 25, 28, 7))[0]
    return kind(rng, say)


def _question(rng, say: Say) -> tuple[tuple, str, str, str]:
    """Key, question, the full sentence that answers it, and the one word, if there is one."""
    kind = rng.randrange(7)
    if kind == 6:
        wordings, answer, _ = rng.choice(talk.INTENTS)
        return (), say(wordings), answer, ""
    if kind == 4:
        a, b = rng.randint(1, 9), rng.randint(1, 9)
        return (), say(SUM, a=a, b=b), f"{a} + {b} = {a + b}.", str(a + b)
    if kind == 5:
        at, step = rng.randrange(7), rng.choice((1, -1))
        day, other = calendar.WEEK[at], calendar.WEEK[(at + step) % 7]
        return (
            (),
            say(calendar.AFTER if step == 1 else calendar.BEFORE, x=day),
            f"{other} comes {'after' if step == 1 else 'before'} {day}.",
            other,
        )
    if kind == 0:
        country, capital = rng.choice([pair for pair in facts.CAPITALS.items() if " " not in pair[1]])
        return (), say(facts.CAPITAL, x=country), f"The capital of {country} is {capital}.", capital
    if kind == 1:
        a, b = rng.choice(facts.OPPOSITES)
        a, b = (a, b) if rng.random() < 0.5 else (b, a)
        return (), say(facts.OPPOSITE, x=a), f"The opposite of {a} is {b}.", b
    if kind == 2:
        one, many = rng.choice(list(facts.PLURALS.items()))
        return (), say(facts.PLURAL, x=one), f"The plural of {one} is {many}.", many
    thing, colour = rng.choice(list(facts.COLOURS.items()))
    return (), say(facts.COLOUR, x=thing), f"{thing[0].upper()}{thing[1:]} is {colour}.", colour


def _draft(
    rng, say: Say, key, asked: tuple[Wordings, Wordings | None], question: str, told: str, plain: str, answer: str, **operands
) -> Draft:
    """`asked`: the instruction by itself, and as the beginning of the question (None where there is no such). `told` is the
    instruction in the one form that the working has for it, `plain` what the answer would be without."""
    by_itself, joined = asked
    stopped = question if question[-1] in ".?!" else f"{question}?"
    if joined and rng.random() < 0.2:
        # a question that begins with a name or a day keeps its capital
        start = question[0].lower() if question.split()[0].strip(",.?'") in _LOWERED else question[0]
        form = say.bare(joined, q="{q}", **operands)
        instruction, developer, prompt = f"{form.partition(':')[0]}.", None, form.replace("{q}", f"{start}{question[1:]}")
    else:
        instruction = say.bare(by_itself, **operands)
        developer = instruction if rng.random() < 0.6 else None
        prompt = question if developer else rng.choice(JOINTS).format(i=instruction, q=stopped)
    medium = f"{told}: {plain}"
    return Draft(key, prompt, answer, medium, f"{medium} Check: {answer}", developer=developer)


def _shaped(rng, say: Say) -> Draft:
    key, question, plain, word = _question(rng, say)
    # a sum has no letters: it can only be answered in one word; small talk can't be
    shape = "One word" if word.isdigit() else rng.choice(("Capitals", "Small letters", "One word", "Dashes")[: 4 if word else 2])
    asked, answer = {
        "Capitals": ((CAPITALS, CAPITALS_IN), plain.upper()),
        "Small letters": ((LOWER, LOWER_IN), plain.lower()),
        "One word": ((ONE_WORD, ONE_WORD_IN), f"{word[:1].upper()}{word[1:]}."),
        "Dashes": ((DASHES, DASHES_IN), "-".join(word)),
    }[shape]
    return _draft(rng, say, key, asked, question, shape, f"{plain} {' '.join(word)}" if shape == "Dashes" else plain, answer)


def _worded(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    wordings = rng.choice((ENDING, BEGINNING, NAMED))
    w = (
        name(rng)
        if wordings is NAMED
        else _word(rng).capitalize() + (f" {_word(rng)}" if rng.random() < 0.15 else "") + rng.choice(".!," if wordings is BEGINNING else ".!")
    )
    # after a comma the sentence goes on without a capital, unless it begins with a day or with me
    rest = plain if plain.split()[0] in (*calendar.WEEK, "I") else f"{plain[0].lower()}{plain[1:]}"
    begun = f"{w} {rest if w.endswith(',') else plain}"
    answer = {ENDING: f"{plain} {w}", BEGINNING: begun, NAMED: f"{w}, {rest}"}[wordings]
    told = {ENDING: f"At the end '{w}'", BEGINNING: f"First '{w}'", NAMED: f"To {w}"}[wordings]
    return _draft(rng, say, (w.lower(),), (wordings, None), question, told, plain, answer, w=w)


def _word(rng) -> str:
    return made_up(rng, rng.randint(3, 7)) if rng.random() < 0.7 else rng.choice(WORDS)


def _languages(rng, say: Say) -> Draft:
    number, language = rng.choice(list(enumerate(("French", "German", "Spanish"))))
    if rng.random() < 0.6:
        country = rng.choice(list(COUNTRIES))
        there, capital = COUNTRIES[country][number].split("|")
        of = next((f"{new}{there[len(old) :]}" for old, new in OF.items() if there.startswith(old)), there)
        answer = (f"La capitale {of} est {capital}.", f"Die Hauptstadt von {there} ist {capital}.", f"La capital de {there} es {capital}.")[
            number
        ]
        question, plain = say(facts.CAPITAL, x=country), f"The capital of {country} is {facts.CAPITALS[country]}. {there}: {capital}."
    else:
        pair, at = rng.choice(list(ADJECTIVES)), rng.choice((1, -1))
        one, other = ADJECTIVES[pair][number].split("|")[::at]
        a, b = pair[::at]
        answer = (f"Le contraire de {one} est {other}.", f"Das Gegenteil von {one} ist {other}.", f"Lo contrario de {one} es {other}.")[
            number
        ]
        question, plain = say(facts.OPPOSITE, x=a), f"The opposite of {a} is {b}. {one}: {other}."
    return _draft(rng, say, (), (IN_LANGUAGE, LANGUAGE_IN), question, language, plain, answer, l=language)


def _idle(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    return Draft((), question, plain, plain, f"{plain} Check: {plain}", developer=rng.choice(IDLE))
