"""Following an instruction, from the developer message or in the question itself: in capitals, in one word, in another language,
spelled with dashes, with a beginning or an ending."""

import random

from . import calendar, facts, products, talk, translation
from .draft import Draft, Say, Wordings, wordings
from .lexicon import WORDS, made_up, name
from .numerals import numeral

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
PHRASES = (
    "have a nice day",
    "over and out",
    "my friend",
    "and that is all",
    "good luck",
    "as you wish",
    "thank you for asking",
    "at your service",
    "dear reader",
    "see you soon",
    "have fun",
    "the end",
    "so it is",
    "captain",
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
# small talk and the days in French, German, Spanish
TALK = {  # by the answer in English
    talk.HELLO: ("Bonjour!", "Guten Tag!", "¡Buenos días!"),
    "You are welcome.": ("De rien.", "Gern geschehen.", "De nada."),
    "Goodbye!": ("Au revoir!", "Auf Wiedersehen!", "¡Adiós!"),
    "No problem.": ("Pas de problème.", "Kein Problem.", "No hay problema."),
}
DAYS = tuple(
    days.split()
    for days in (
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "lunes martes miércoles jueves viernes sábado domingo",
    )
)
WORD = {entry[0]: entry[1:] for entry in translation.ENTRIES}  # English: French, German, Spanish


def draw(rng: random.Random, say: Say) -> Draft:
    kind = rng.choices((_shaped, _worded, _languages, _idle), (40, 25, 28, 7))[0]
    return kind(rng, say)


def _question(rng, say: Say) -> tuple[tuple, str, str, str]:
    """Key, question, the full sentence that answers it, and the one word, if there is one."""
    kind = rng.choices(range(10), (3, 3, 3, 2, 3, 2, 3, 1, 1, 1))[0]
    if kind == 7:
        at, step = rng.randrange(12), rng.choice((1, -1))
        month, other = calendar.MONTHS[at], calendar.MONTHS[(at + step) % 12]
        asked, way = (calendar.MONTH_AFTER, "after") if step == 1 else (calendar.MONTH_BEFORE, "before")
        return (), say(asked, x=month), f"{other} comes {way} {month}.", other
    if kind == 8:
        a, b = rng.randint(2, 9), rng.randint(2, 9)
        return (), say(products.TIMES, a=a, b=b), f"{a} * {b} = {a * b}.", str(a * b)
    if kind == 9:
        wordings, answer = rng.choice(facts.KNOWN)
        return (), say(wordings), answer, ""
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
        developer = instruction if rng.random() < 0.55 else None
        joints = JOINTS if instruction[-1] in ".!?,'\")" else JOINTS[1::2]  # without a stop, the question would belong to it
        prompt = question if developer else rng.choice(joints).format(i=_typed(rng, instruction), q=stopped)
    medium = f"{told}: {plain}"
    return Draft(key, prompt, answer, medium, f"{medium} Check: {answer}", developer=developer)


def _typed(rng, instruction: str) -> str:
    """As somebody adds it to a question in a hurry: `answer in capitals please`."""
    if rng.random() < 0.6 or instruction[-1] not in ".'":
        return instruction
    text = instruction if instruction.startswith("I ") else f"{instruction[0].lower()}{instruction[1:]}"
    return text.removesuffix(".") + rng.choice(("", "", ".", " please", ", please", " please.")) if text[-1] == "." else text


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
        else _phrase(rng, ",.!" if wordings is BEGINNING else "..!")
    )
    # after a comma the sentence goes on without a capital, unless it begins with a day or with me
    rest = plain if plain.split()[0] in (*calendar.WEEK, "I") else f"{plain[0].lower()}{plain[1:]}"
    begun = f"{w} {rest if w.endswith(',') else plain}"
    answer = {ENDING: f"{plain} {w}", BEGINNING: begun, NAMED: f"{w}, {rest}"}[wordings]
    told = {ENDING: f"At the end '{w}'", BEGINNING: f"First '{w}'", NAMED: f"To {w}"}[wordings]
    return _draft(rng, say, (w.lower(),), (wordings, None), question, told, plain, answer, w=w)


def _phrase(rng, ends: str) -> str:
    """One word or a few: `Zorb.`, `Have a nice day!`, `over and out`."""
    if rng.random() < 0.12:
        words = rng.choice(PHRASES)
    else:
        words = " ".join(_word(rng) for _ in range(rng.choices((1, 2, 3, 4), (64, 18, 12, 6))[0]))
    if rng.random() < 0.14:
        return words  # as it is, without a stop
    return f"{words[0].upper()}{words[1:]}{rng.choice(ends)}"


def _word(rng) -> str:
    return made_up(rng, rng.randint(3, 7)) if rng.random() < 0.7 else rng.choice(WORDS)


def _languages(rng, say: Say) -> Draft:
    number, language = rng.choice(list(enumerate(("French", "German", "Spanish"))))
    kinds = {_capital_in: 34, _opposite_in: 22, _talk_in: 12, _day_in: 10, _sum_in: 12, _colour_in: 10}
    question, plain, answer = rng.choices(list(kinds), list(kinds.values()))[0](rng, say, number)
    typed = language.lower() if rng.random() < 0.1 else language
    return _draft(rng, say, (), (IN_LANGUAGE, LANGUAGE_IN), question, language, plain, answer, l=typed)


# question, its answer in English with the words to translate, and the answer in language `number`
def _capital_in(rng, say: Say, number: int) -> tuple[str, str, str]:
    country = rng.choice(list(COUNTRIES))
    there, capital = COUNTRIES[country][number].split("|")
    of = next((f"{new}{there[len(old) :]}" for old, new in OF.items() if there.startswith(old)), there)
    sentences = f"La capitale {of} est {capital}.", f"Die Hauptstadt von {there} ist {capital}.", f"La capital de {there} es {capital}."
    return say(facts.CAPITAL, x=country), f"The capital of {country} is {facts.CAPITALS[country]}. {there}: {capital}.", sentences[number]


def _opposite_in(rng, say: Say, number: int) -> tuple[str, str, str]:
    pair, at = rng.choice(list(ADJECTIVES)), rng.choice((1, -1))
    one, other = ADJECTIVES[pair][number].split("|")[::at]
    a, b = pair[::at]
    sentences = f"Le contraire de {one} est {other}.", f"Das Gegenteil von {one} ist {other}.", f"Lo contrario de {one} es {other}."
    return say(facts.OPPOSITE, x=a), f"The opposite of {a} is {b}. {one}: {other}.", sentences[number]


def _talk_in(rng, say: Say, number: int) -> tuple[str, str, str]:
    asked, plain, _ = rng.choice([intent for intent in talk.INTENTS if intent[1] in TALK])
    return say(asked), plain, TALK[plain][number]


def _day_in(rng, say: Say, number: int) -> tuple[str, str, str]:
    at, step = rng.randrange(7), rng.choice((1, -1))
    day, then = calendar.WEEK[at], (at + step) % 7
    other = DAYS[number][then]
    plain = f"{calendar.WEEK[then]} comes {'after' if step == 1 else 'before'} {day}. {calendar.WEEK[then]}: {other}."
    return say(calendar.AFTER if step == 1 else calendar.BEFORE, x=day), plain, f"{other.capitalize()}."


def _sum_in(rng, say: Say, number: int) -> tuple[str, str, str]:
    a = rng.randint(1, 9)
    b = rng.randint(1, min(9, 12 - a))
    word = numeral(a + b)
    return say(SUM, a=a, b=b), f"{a} + {b} = {a + b}. {word}: {WORD[word][number]}.", f"{WORD[word][number].capitalize()}."


def _colour_in(rng, say: Say, number: int) -> tuple[str, str, str]:
    thing, colour = rng.choice([pair for pair in facts.COLOURS.items() if pair[1] in WORD])
    plain = f"{thing[0].upper()}{thing[1:]} is {colour}. {colour}: {WORD[colour][number]}."
    return say(facts.COLOUR, x=thing), plain, f"{WORD[colour][number].capitalize()}."


def _idle(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    return Draft((), question, plain, plain, f"{plain} Check: {plain}", developer=rng.choice(IDLE))
