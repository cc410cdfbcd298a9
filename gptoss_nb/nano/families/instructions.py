"""Following an instruction, from the developer message or in the question itself: in capitals, in one word, in another language,
with a beginning or an ending."""

import random

from . import facts
from .draft import Draft, Say, Wordings
from .lexicon import made_up, name

CAPITALS = Wordings(
    (
        "Answer in capitals.",
        "Answer in capital letters.",
        "Write everything in capitals.",
        "Use capital letters only.",
        "Reply in capitals.",
        "Always answer in capital letters.",
        "All answers in capitals.",
        "Answer in upper case.",
        "Use upper case.",
        "Write in capital letters.",
        "You write in capitals.",
        "Please shout: capitals only.",
    ),
    ("Reply in upper case.", "Give your answer in capitals.", "Only use capital letters.", "Write your answers in capitals."),
)
LOWER = Wordings(
    (
        "Answer in lower case.",
        "Use lower case only.",
        "Write everything in lower case.",
        "Reply in lower case.",
        "Always answer in lower case.",
        "No capital letters.",
        "Do not use capital letters.",
        "Answer without capital letters.",
        "Use small letters only.",
        "Write in small letters.",
        "All answers in lower case.",
        "Never use capital letters.",
    ),
    ("Give your answer in lower case.", "Only use lower case.", "Reply without capital letters.", "Write your answers in lower case."),
)
ONE_WORD = Wordings(
    (
        "Answer in one word.",
        "Answer with one word.",
        "Use one word only.",
        "One word answers only.",
        "Reply in one word.",
        "Always answer in one word.",
        "Reply with a single word.",
        "Answer with a single word.",
        "Give one word answers.",
        "Say it in one word.",
        "Only one word, please.",
        "Your answer is one word.",
    ),
    ("Give your answer in one word.", "Only answer with one word.", "Use a single word.", "One word is enough."),
)
IN_LANGUAGE = Wordings(
    (
        "Answer in {l}.",
        "Reply in {l}.",
        "Always answer in {l}.",
        "Speak {l}.",
        "Write in {l}.",
        "Use {l} only.",
        "Answer all questions in {l}.",
        "You speak {l} only.",
        "Please answer in {l}.",
        "All answers in {l}.",
        "Give answers in {l}.",
        "Say everything in {l}.",
    ),
    ("Give your answer in {l}.", "Only speak {l}.", "Respond in {l}.", "Write your answers in {l}."),
)
ENDING = Wordings(
    (
        "End every answer with '{w}'.",
        "End your answer with '{w}'.",
        "Always end with '{w}'.",
        "Finish every answer with '{w}'.",
        "Say '{w}' at the end of each answer.",
        "Put '{w}' at the end.",
        "Add '{w}' to the end of every answer.",
        "Your answers end with '{w}'.",
        "Close each answer with '{w}'.",
        "Finish with '{w}'.",
        "Write '{w}' after each answer.",
        "Each answer ends with '{w}'.",
    ),
    ("Finish your answer with '{w}'.", "Add '{w}' at the end.", "End each reply with '{w}'.", "Say '{w}' at the end."),
)
BEGINNING = Wordings(
    (
        "Begin every answer with '{w}'.",
        "Begin your answer with '{w}'.",
        "Always begin with '{w}'.",
        "Start every answer with '{w}'.",
        "Say '{w}' at the beginning of each answer.",
        "Put '{w}' at the beginning.",
        "Add '{w}' to the beginning of every answer.",
        "Your answers begin with '{w}'.",
        "Open each answer with '{w}'.",
        "Start with '{w}'.",
        "Write '{w}' before each answer.",
        "Each answer begins with '{w}'.",
    ),
    ("Start your answer with '{w}'.", "Add '{w}' at the beginning.", "Begin each reply with '{w}'.", "Say '{w}' first."),
)
NAMED = Wordings(
    (
        "Call the user {w}.",
        "Always call the user {w}.",
        "The user is called {w}. Use the name.",
        "Address the user as {w}.",
        "Call me {w} in each answer.",
        "Use the name {w} in each answer.",
        "Begin by calling the user {w}.",
        "Always address the user as {w}.",
        "Say the name {w} first.",
        "The user's name is {w}: use it.",
        "Talk to {w} by name.",
        "Greet {w} by name in each answer.",
    ),
    ("Address me as {w}.", "You call the user {w}.", "Use the user's name, {w}.", "Always use the name {w}."),
)
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
OF = {"la ": "de la ", "l'": "de l'", "le ": "du "}


def draw(rng: random.Random, say: Say) -> Draft:
    kind = rng.choices((_shaped, _worded, _languages, _idle), (40, 25, 28, 7))[0]
    return kind(rng, say)


def _question(rng, say: Say) -> tuple[tuple, str, str, str]:
    """Key, question, the full sentence that answers it, and the one word."""
    kind = rng.randrange(4)
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


def _draft(rng, key, instruction: str, question: str, plain: str, answer: str) -> Draft:
    medium = f"{instruction} {plain}"
    high = f"{medium} Check: {answer}"
    if rng.random() < 0.6:
        return Draft(key, question, answer, medium, high, developer=instruction)
    question = question if question[-1] in ".?!" else f"{question}?"
    return Draft(key, rng.choice(JOINTS).format(i=instruction, q=question), answer, medium, high)


def _ended(instruction: str) -> str:
    return instruction if instruction[-1] in ".!" else f"{instruction}."


def _shaped(rng, say: Say) -> Draft:
    key, question, plain, word = _question(rng, say)
    wordings, shape = rng.choice(((CAPITALS, str.upper), (LOWER, str.lower), (ONE_WORD, None)))
    answer = shape(plain) if shape else f"{word[0].upper()}{word[1:]}."
    return _draft(rng, key, _ended(say(wordings)), question, plain, answer)


def _worded(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    wordings = rng.choice((ENDING, BEGINNING, NAMED))
    w = name(rng) if wordings is NAMED else made_up(rng, rng.randint(3, 7)).capitalize() + rng.choice((".", "!"))
    answer = {ENDING: f"{plain} {w}", BEGINNING: f"{w} {plain}", NAMED: f"{w}, {plain[0].lower()}{plain[1:]}"}[wordings]
    return _draft(rng, (w.lower(),), _ended(say(wordings, w=w)), question, plain, answer)


def _languages(rng, say: Say) -> Draft:
    number, language = rng.choice(list(enumerate(("French", "German", "Spanish"))))
    if rng.random() < 0.6:
        country = rng.choice(list(COUNTRIES))
        there, capital = COUNTRIES[country][number].split("|")
        of = next((f"{new}{there[len(old) :]}" for old, new in OF.items() if there.startswith(old)), there)
        answer = (f"La capitale {of} est {capital}.", f"Die Hauptstadt von {there} ist {capital}.", f"La capital de {there} es {capital}.")[
            number
        ]
        question, plain = say(facts.CAPITAL, x=country), f"The capital of {country} is {facts.CAPITALS[country]}."
    else:
        pair, at = rng.choice(list(ADJECTIVES)), rng.choice((1, -1))
        one, other = ADJECTIVES[pair][number].split("|")[::at]
        a, b = pair[::at]
        answer = (f"Le contraire de {one} est {other}.", f"Das Gegenteil von {one} ist {other}.", f"Lo contrario de {one} es {other}.")[
            number
        ]
        question, plain = say(facts.OPPOSITE, x=a), f"The opposite of {a} is {b}."
    return _draft(rng, (), _ended(say(IN_LANGUAGE, l=language)), question, plain, answer)


def _idle(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    return Draft((), question, plain, plain, f"{plain} Check: {plain}", developer=rng.choice(IDLE))
