"""Short talk: greetings, thanks, who nano is, a name or a favourite colour given in one turn and asked for in a later one,
and saying so when it does not know."""

import random

from .draft import Draft, Turn, phrase
from .lexicon import WORDS, made_up, name

GIVE_NAME = (
    "My name is {n}.",
    "Hi, my name is {n}.",
    "Hello, my name is {n}.",
    "I am {n}.",
    "I'm {n}.",
    "Hi, I am {n}.",
    "Hello, I'm {n}.",
    "Call me {n}.",
    "You can call me {n}.",
    "Hello! I am {n}.",
    "Hey, {n} here.",
    "My name's {n}.",
    "Please remember that my name is {n}.",
)
ASK_NAME = (
    "What is my name?",
    "What's my name?",
    "Do you know my name?",
    "Do you remember my name?",
    "Who am I?",
    "What was my name?",
    "Tell me my name.",
    "Can you tell me my name?",
    "What did I say my name was?",
    "Say my name.",
    "How am I called?",
)
GIVE_COLOR = (
    "My favorite color is {c}.",
    "I like the color {c}.",
    "The color I like most is {c}.",
    "My favourite colour is {c}.",
)
ASK_COLOR = (
    "What is my favorite color?",
    "Which color do I like?",
    "What's my favorite color?",
    "Do you remember my favorite color?",
    "What is my favourite colour?",
)
COLORS = "red blue green yellow purple pink black white brown silver gold gray orange".split()
SMALL_TALK = (  # wordings, answer, what there is to think
    (("Hello", "Hello!", "Hi", "Hi!", "Hey", "Hey there", "Good morning", "Good morning!", "Good evening", "Hi there!", "Hello nano"),
     "Hello! What can I do for you?", "A greeting."),
    (("How are you?", "How are you today?", "How do you do?", "Are you well?", "How is it going?"),
     "I am fine, thank you. What can I do for you?", "A polite question."),
    (("Thank you.", "Thanks!", "Thanks", "Thank you very much.", "Thank you!", "Great, thanks.", "Good job!", "Well done."),
     "You are welcome.", "Thanks."),
    (("Bye", "Bye!", "Goodbye.", "See you later.", "Good night.", "See you!"),
     "Goodbye!", "A goodbye."),
    (("Who are you?", "What are you?", "What is your name?", "What's your name?", "Tell me about yourself.", "Are you ChatGPT?",
      "What model are you?", "Are you a human?", "Who made you?", "Introduce yourself."),
     "I am nano, a very small language model.", "A question about me."),
    (("What can you do?", "Help", "Help me.", "What can I ask you?", "What do you know?", "How can you help me?", "What are you good at?"),
     "I can add and subtract, compare and sort numbers, spell and reverse words, repeat strings, and remember your name.",
     "A question about what I can do."),
)  # fmt: skip
UNKNOWN = (
    "What is the capital of {w}?",
    "Who wrote {w}?",
    "Who is {n}?",
    "Where is {w}?",
    "Where does {n} live?",
    "When was {n} born?",
    "Why is the {w} {v}?",
    "Tell me a story about a {w}.",
    "Write a poem about the {w}.",
    "How do I {w} a {v}?",
    "Explain {w} to me.",
    "What is a {w}?",
    "What does {w} mean?",
    "Translate {w} into French.",
    "How old is {n}?",
    "What do you think about {w}?",
    "What is the weather like?",
    "What time is it?",
    "What day is it today?",
    "Write a program that prints {w}.",
    "Who won the {w}?",
    "How many people live in {w}?",
    "Do you like {w}?",
    "Give me a recipe for {w}.",
    "Is {n} a {w}?",
    "Tell me a joke.",
    "{w} {v}",
    "The {w} and the {v}.",
)
DONT_KNOW = "I am a small model and do not know that."
NOT_TOLD = {"name": "You have not told me your name.", "color": "You have not told me your favorite color."}


def draw(rng: random.Random) -> Draft:
    chance = rng.random()
    if chance < 0.5:
        return _remembered(rng)
    if chance < 0.68:
        return _given(rng)
    if chance < 0.84:
        wordings, answer, thought = rng.choice(SMALL_TALK)
        prompt = phrase(rng, wordings)
        # nothing is drawn here that could be held out, so a test asks it after a name that is
        who = name(rng)
        earlier = (_name_turn(rng, who),) if rng.random() < 0.5 else ()
        return Draft((who.lower(),), prompt, answer, thought, f"{thought} I answer in a short sentence.", earlier)
    return _unknown(rng)


def _name_turn(rng, who: str) -> Turn:
    return Turn(phrase(rng, GIVE_NAME, n=who), f"Hello {who}, nice to meet you.")


def _color_turn(rng, color: str) -> Turn:
    return Turn(phrase(rng, GIVE_COLOR, c=color), f"{color.capitalize()} is a nice color.")


def _remembered(rng) -> Draft:
    who, color = name(rng), rng.choice(COLORS)
    told_name, told_color = rng.random() < 0.85, rng.random() < 0.3
    earlier = [_name_turn(rng, who)] * told_name + [_color_turn(rng, color)] * told_color
    rng.shuffle(earlier)
    if rng.random() < 0.25:
        subject, wordings, fact = "color", ASK_COLOR, color if told_color else None
    else:
        subject, wordings, fact = "name", ASK_NAME, who if told_name else None
    answer = NOT_TOLD[subject] if fact is None else f"Your {'favorite color' if subject == 'color' else 'name'} is {fact}."
    found = "The user has not said it." if fact is None else f"The user said: {fact}."
    high = f"I am asked for the {subject} of the user. I look at the earlier turns. {found}"
    return Draft((who.lower(),), phrase(rng, wordings), answer, found, high, tuple(earlier))


def _given(rng) -> Draft:
    who = name(rng)
    turn = _name_turn(rng, who) if rng.random() < 0.75 else _color_turn(rng, rng.choice(COLORS))
    subject = who if who in turn.prompt else turn.answer.split()[0].lower()
    return Draft((who.lower(),), turn.prompt, turn.answer, f"The user says: {subject}.", f"The user tells me something: {subject}. I remember it.")


def _unknown(rng) -> Draft:
    def word():
        return rng.choice(WORDS) if rng.random() < 0.5 else made_up(rng, rng.randint(3, 8))

    who, w, v = name(rng), word(), word()
    w = w.capitalize() if rng.random() < 0.3 else w
    return Draft((who.lower(), w.lower(), v), phrase(rng, UNKNOWN, w=w, v=v, n=who), DONT_KNOW, "I do not know that.", "I was not taught about this, so I say that I do not know.")
