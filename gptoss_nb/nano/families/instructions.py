"""Following an instruction, from the developer message or in the question itself: in capitals, in one word, in another language,
spelled with dashes, with a beginning or an ending."""

import random

from . import calendar, facts, talk
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
        "Answer only in capital letters.",
        "Only capital letters, please.",
        "Use only capital letters.",
        "Only use capitals.",
        "Always use capitals.",
        "Always use capital letters.",
        "Give the answer in capitals.",
        "Give your answers in capital letters.",
        "Write in capitals.",
        "Write only in capitals.",
        "Write your answers in capital letters.",
        "Write all answers in capitals.",
        "Everything in capitals.",
        "All capitals.",
        "I want capitals.",
        "Speak in capitals.",
        "Please use capitals.",
        "Please answer in capitals.",
        "You answer in capitals.",
        "Your answers are in capitals.",
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
        "Answer only in lower case.",
        "Only lower case, please.",
        "Use only lower case.",
        "Only use small letters.",
        "Always use lower case.",
        "Always use small letters.",
        "Give the answer in lower case.",
        "Give your answers in lower case.",
        "Give your answers in small letters.",
        "Write in lower case.",
        "Write only in lower case.",
        "Write all answers in lower case.",
        "Everything in lower case.",
        "All in lower case.",
        "I want lower case.",
        "Please use lower case.",
        "Please answer in lower case.",
        "You answer in lower case.",
        "Never use capitals.",
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
        "Answer only with one word.",
        "Use only one word.",
        "Use one word.",
        "Always use one word.",
        "Give the answer in one word.",
        "Give your answers in one word.",
        "Give only one word.",
        "Give me one word.",
        "Give just one word.",
        "Write one word.",
        "Write only one word.",
        "Write your answers in one word.",
        "All answers in one word.",
        "One word per answer.",
        "I want one word.",
        "I want one word only.",
        "Please use one word.",
        "Please answer in one word.",
        "You answer in one word.",
        "Your answers are one word long.",
        "A single word, please.",
        "A single word will do.",
        "One word will do.",
        "No more than one word.",
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
        "Answer only in {l}.",
        "Only {l}, please.",
        "Use only {l}.",
        "Use {l}.",
        "Always use {l}.",
        "Always speak {l}.",
        "Give the answer in {l}.",
        "Give your answers in {l}.",
        "Give the answers in {l}.",
        "Write only in {l}.",
        "Write all answers in {l}.",
        "Everything in {l}.",
        "All in {l}.",
        "I want {l}.",
        "I speak {l} only.",
        "I want answers in {l}.",
        "I want your answer in {l}.",
        "Please use {l}.",
        "Please speak {l}.",
        "You speak {l}.",
        "You only speak {l}.",
        "You answer in {l}.",
        "Your answers are in {l}.",
        "Your language is {l}.",
        "Reply only in {l}.",
        "Only answer in {l}.",
        "Only write {l}.",
        "Speak only {l}.",
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
        "End your answers with '{w}'.",
        "End with the word '{w}'.",
        "Always put '{w}' at the end.",
        "Add '{w}' at the end of your answer.",
        "Add '{w}' after your answer.",
        "Add '{w}' to the end.",
        "Close every answer with '{w}'.",
        "Close your answer with '{w}'.",
        "Let your answer end with '{w}'.",
        "Say '{w}' after every answer.",
        "Say '{w}' after your answer.",
        "Say '{w}' in the end.",
        "The last word of your answer is '{w}'.",
        "The answer ends with '{w}'.",
        "Write '{w}' at the end.",
        "Write '{w}' after your answer.",
        "Put '{w}' after the answer.",
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
        "Begin your answers with '{w}'.",
        "Begin every reply with '{w}'.",
        "Begin with the word '{w}'.",
        "Always start with '{w}'.",
        "Always say '{w}' first.",
        "Always put '{w}' at the beginning.",
        "Add '{w}' before your answer.",
        "Add '{w}' at the beginning of your answer.",
        "Add '{w}' to the beginning.",
        "Open your answer with '{w}'.",
        "Start your answers with '{w}'.",
        "Start every reply with '{w}'.",
        "Start the answer with '{w}'.",
        "Let your answer begin with '{w}'.",
        "Say '{w}' before every answer.",
        "Say '{w}' before your answer.",
        "Say '{w}' at the beginning.",
        "The first word of your answer is '{w}'.",
        "The answer begins with '{w}'.",
        "Write '{w}' at the beginning.",
        "Write '{w}' first.",
        "Put '{w}' before the answer.",
        "Put '{w}' first.",
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
        "Address me by my name, {w}.",
        "Address the user by the name {w}.",
        "Address the user by name: {w}.",
        "Call me {w}.",
        "Call me {w}, always.",
        "Call your user {w}.",
        "My name is {w}. Use it in each answer.",
        "My name is {w}. Always use it.",
        "The user is {w}. Call the user by name.",
        "The user has the name {w}. Use it.",
        "Use my name, {w}.",
        "Use my name, {w}, in each answer.",
        "Use the name {w} for the user.",
        "Use the user's name in each answer: {w}.",
        "You talk to {w}. Use the name.",
        "You are talking to {w}. Use the name.",
        "You call me {w}.",
        "Always call me {w}.",
        "Always address me as {w}.",
        "Begin each answer with the user's name, {w}.",
        "Always use the user's name, {w}.",
        "Greet {w} first.",
    ),
    ("Address me as {w}.", "You call the user {w}.", "Use the user's name, {w}.", "Always use the name {w}."),
)
DASHES = Wordings(
    (
        "Spell your answer with dashes.",
        "Spell the answer with dashes.",
        "Answer in one word, spelled with dashes.",
        "Put dashes between the letters of your answer.",
        "Spell it with dashes.",
        "Give one word with dashes between its letters.",
        "Spell all answers with dashes.",
        "Always spell your answer with dashes.",
        "Write the answer letter by letter with dashes.",
        "Use dashes between the letters.",
        "Spell every answer with dashes.",
        "Your answer is one word, spelled with dashes.",
    ),
    (
        "Please spell your answers with dashes.",
        "Answer with dashes between the letters.",
        "Spell each answer with dashes.",
        "Put a dash between the letters of the answer.",
    ),
)
# the instruction and the question in one sentence; the question begins without capital
CAPITALS_IN = Wordings(
    (
        "Answer in capitals: {q}",
        "In capitals: {q}",
        "In capital letters: {q}",
        "Answer in capital letters: {q}",
        "Reply in capitals: {q}",
        "In upper case: {q}",
        "Answer in upper case: {q}",
        "Capitals only: {q}",
        "Use capitals: {q}",
        "With capital letters only: {q}",
        "Reply in capital letters: {q}",
        "All in capitals: {q}",
    ),
    ("Tell me in capitals: {q}", "Reply in upper case: {q}", "In capitals only: {q}", "Write the answer in capitals: {q}"),
)
LOWER_IN = Wordings(
    (
        "Answer in lower case: {q}",
        "In lower case: {q}",
        "In small letters: {q}",
        "Answer in small letters: {q}",
        "Reply in lower case: {q}",
        "Lower case only: {q}",
        "Use lower case: {q}",
        "Without capital letters: {q}",
        "No capital letters: {q}",
        "All in lower case: {q}",
        "Small letters only: {q}",
        "Reply in small letters: {q}",
    ),
    ("Tell me in lower case: {q}", "Reply without capital letters: {q}", "In lower case only: {q}", "Write the answer in lower case: {q}"),
)
ONE_WORD_IN = Wordings(
    (
        "In one word: {q}",
        "Answer in one word: {q}",
        "With one word: {q}",
        "Answer with one word: {q}",
        "Reply in one word: {q}",
        "One word only: {q}",
        "In a single word: {q}",
        "With a single word: {q}",
        "Just one word: {q}",
        "Use one word: {q}",
        "In only one word: {q}",
        "Say in one word: {q}",
    ),
    ("Tell me in one word: {q}", "Answer in a single word: {q}", "In just one word: {q}", "One word, please: {q}"),
)
DASHES_IN = Wordings(
    (
        "Spell with dashes: {q}",
        "Spelled with dashes: {q}",
        "Spell the answer with dashes: {q}",
        "Answer with dashes: {q}",
        "With dashes between the letters: {q}",
        "Letter by letter with dashes: {q}",
        "Spell your answer with dashes: {q}",
        "In one word with dashes: {q}",
        "Dashes between the letters: {q}",
        "Spell it with dashes: {q}",
        "Answer in one word, spelled with dashes: {q}",
        "Put dashes between the letters: {q}",
    ),
    (
        "Tell me, spelled with dashes: {q}",
        "Reply with dashes between the letters: {q}",
        "Give the answer with dashes: {q}",
        "In dashes: {q}",
    ),
)
LANGUAGE_IN = Wordings(
    (
        "Answer in {l}: {q}",
        "In {l}: {q}",
        "Reply in {l}: {q}",
        "Please answer in {l}: {q}",
        "Use {l}: {q}",
        "Say in {l}: {q}",
        "Only in {l}: {q}",
        "In {l}, please: {q}",
        "Speak {l}: {q}",
        "Your answer in {l}: {q}",
        "Answer me in {l}: {q}",
        "Give the answer in {l}: {q}",
    ),
    ("Tell me in {l}: {q}", "Respond in {l}: {q}", "Answer this in {l}: {q}", "I want the answer in {l}: {q}"),
)
SUM = Wordings(
    (
        "What is {a} + {b}?",
        "{a} + {b}?",
        "How much is {a} + {b}?",
        "Add {a} and {b}.",
        "What is {a} plus {b}?",
        "{a} plus {b}?",
        "What's {a} + {b}?",
        "Tell me {a} + {b}.",
        "What do you get for {a} + {b}?",
        "Work out {a} + {b}.",
        "The sum of {a} and {b}?",
        "What is the sum of {a} and {b}?",
    ),
    ("How much is {a} plus {b}?", "Calculate {a} + {b}.", "Give me {a} + {b}.", "Can you add {a} and {b}?"),
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
_LOWERED = set(
    """What What's Which Tell Name Do The Can Could Give Capital Contrary Opposite Plural How Find One Color Colour Add Work Say Please If Today
    In Of Who Where When Are Is Has Have Did Does Will Put Make Form Write I'd Calculate Compute Sum Solve Evaluate Tomorrow Yesterday Next Day""".split()
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
    rng, say: Say, key, asked: tuple[Wordings, Wordings | None], question: str, plain: str, answer: str, spelled: str = "", **operands
) -> Draft:
    """`asked`: the instruction by itself, and as the beginning of the question (None where there is no such)."""
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
    medium = f"{instruction} {plain}{spelled and f' {spelled}'}"
    return Draft(key, prompt, answer, medium, f"{medium} Check: {answer}", developer=developer)


def _shaped(rng, say: Say) -> Draft:
    key, question, plain, word = _question(rng, say)
    # a sum has no letters: it can only be answered in one word; small talk can't be
    shape = "word" if word.isdigit() else rng.choice(("upper", "lower", "word", "dashes")[: 4 if word else 2])
    asked = {"upper": (CAPITALS, CAPITALS_IN), "lower": (LOWER, LOWER_IN), "word": (ONE_WORD, ONE_WORD_IN), "dashes": (DASHES, DASHES_IN)}[
        shape
    ]
    answer = {"upper": plain.upper(), "lower": plain.lower(), "word": f"{word[:1].upper()}{word[1:]}.", "dashes": "-".join(word)}[shape]
    return _draft(rng, say, key, asked, question, plain, answer, " ".join(word) if shape == "dashes" else "")


def _worded(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    wordings = rng.choice((ENDING, BEGINNING, NAMED))
    w = (
        name(rng)
        if wordings is NAMED
        else made_up(rng, rng.randint(3, 7)).capitalize() + rng.choice(".!," if wordings is BEGINNING else ".!")
    )
    # after a comma the sentence goes on without a capital, unless it begins with a day or with me
    rest = plain if plain.split()[0] in (*calendar.WEEK, "I") else f"{plain[0].lower()}{plain[1:]}"
    begun = f"{w} {rest if w.endswith(',') else plain}"
    answer = {ENDING: f"{plain} {w}", BEGINNING: begun, NAMED: f"{w}, {rest}"}[wordings]
    return _draft(rng, say, (w.lower(),), (wordings, None), question, plain, answer, w=w)


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
    return _draft(rng, say, (), (IN_LANGUAGE, LANGUAGE_IN), question, plain, answer, l=language)


def _idle(rng, say: Say) -> Draft:
    _, question, plain, _ = _question(rng, say)
    return Draft((), question, plain, plain, f"{plain} Check: {plain}", developer=rng.choice(IDLE))
