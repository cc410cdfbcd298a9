"""What the user tells of himself in one turn and asks for in a later one; corrections count, and what was not told is said so."""

import random

from .draft import Draft, Say, Turn, Wordings
from .lexicon import WORDS, made_up, name

COLORS = "red blue green yellow purple pink black white brown silver gold gray orange".split()
ANIMALS = "cat dog horse cow sheep goat pig duck mouse rabbit tiger lion bear wolf fox deer eagle owl whale shark panda koala".split()
FOODS = "bread cheese honey soup cake pie rice pasta pizza salad fish apples bananas cherries chocolate tomatoes potatoes noodles".split()
CITIES = "Oslo Paris Berlin Madrid Rome London Lima Cairo Tokyo Delhi Vienna Prague Athens Dublin Lisbon Helsinki".split()
SPORTS = "football tennis chess swimming running skiing hockey golf boxing cycling rowing basketball".split()


def _city(rng) -> str:
    return rng.choice(CITIES) if rng.random() < 0.6 else made_up(rng, rng.randint(4, 7)).capitalize()


def _pet(rng) -> str:
    return name(rng)


# subject: telling, answer to it, asking, answer, not told, drawing a value
THINGS = {
    "name": (
        Wordings(
            (
                "My name is {v}.",
                "Hi, my name is {v}.",
                "Hello, my name is {v}.",
                "I am {v}.",
                "I'm {v}.",
                "Hi, I am {v}.",
                "Hello, I'm {v}.",
                "Call me {v}.",
                "You can call me {v}.",
                "Hello! I am {v}.",
                "Hey, {v} here.",
                "My name's {v}.",
                "Please remember that my name is {v}.",
                "People call me {v}.",
                "Hi! I'm {v}.",
                "The name is {v}.",
                "They call me {v}.",
                "This is {v}.",
            ),
            ("Hi there, my name is {v}.", "Good morning, I am {v}.", "I am called {v}.", "Hi nano, I'm {v}."),
        ),
        "Hello {v}, nice to meet you.",
        Wordings(
            (
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
                "What am I called?",
                "Do you still know my name?",
                "My name?",
                "Which name did I tell you?",
            ),
            ("Can you remember my name?", "Do you still remember my name?", "And what is my name?", "What name did I give you?"),
        ),
        "Your name is {v}.",
        "You have not told me your name.",
        name,
    ),
    "color": (
        Wordings(
            (
                "My favorite color is {v}.",
                "My favourite colour is {v}.",
                "I like the color {v}.",
                "The color I like most is {v}.",
                "My favorite color? It is {v}.",
                "I love the color {v}.",
                "{v} is my favorite color.",
                "The color {v} is my favorite.",
                "I prefer the color {v}.",
                "As for colors, I like {v} best.",
                "Remember my favorite color: {v}.",
                "My favorite color is {v}, by the way.",
            ),
            ("The colour I love is {v}.", "Of all colors I like {v} most.", "For me the best color is {v}.", "My favourite color is {v}."),
        ),
        "I will remember the color {v}.",
        Wordings(
            (
                "What is my favorite color?",
                "Which color do I like?",
                "What's my favorite color?",
                "Do you remember my favorite color?",
                "What is my favourite colour?",
                "Tell me my favorite color.",
                "Which color is my favorite?",
                "What color do I like?",
                "Do you know my favorite color?",
                "My favorite color?",
                "Which color did I say?",
                "What color do I like best?",
            ),
            (
                "Can you tell me my favorite color?",
                "Which colour do I like most?",
                "What was my favorite color?",
                "And my favorite color is?",
            ),
        ),
        "Your favorite color is {v}.",
        "You have not told me your favorite color.",
        lambda rng: rng.choice(COLORS),
    ),
    "animal": (
        Wordings(
            (
                "My favorite animal is the {v}.",
                "My favourite animal is the {v}.",
                "The animal I like most is the {v}.",
                "I love one animal most, the {v}.",
                "The {v} is my favorite animal.",
                "Of all animals I like the {v} best.",
                "The best animal is the {v}.",
                "My favorite animal? The {v}.",
                "Remember my favorite animal: the {v}.",
                "As for animals, I like the {v} best.",
                "The animal I love is the {v}.",
                "My favorite animal is a {v}.",
            ),
            (
                "For me the best animal is the {v}.",
                "Among animals I prefer the {v}.",
                "My favorite animal would be the {v}.",
                "The animal I prefer is the {v}.",
            ),
        ),
        "I will remember the {v}.",
        Wordings(
            (
                "What is my favorite animal?",
                "Which animal do I like?",
                "What's my favorite animal?",
                "Do you remember my favorite animal?",
                "What is my favourite animal?",
                "Tell me my favorite animal.",
                "Which animal is my favorite?",
                "What animal do I like?",
                "Do you know my favorite animal?",
                "My favorite animal?",
                "Which animal did I say?",
                "What animal do I like best?",
            ),
            (
                "Can you tell me my favorite animal?",
                "Which animal do I like most?",
                "What was my favorite animal?",
                "And my favorite animal is?",
            ),
        ),
        "Your favorite animal is the {v}.",
        "You have not told me your favorite animal.",
        lambda rng: rng.choice(ANIMALS),
    ),
    "food": (
        Wordings(
            (
                "My favorite food is {v}.",
                "My favourite food is {v}.",
                "I like to eat {v}.",
                "I love to eat {v}.",
                "The food I like most is {v}.",
                "{v} is my favorite food.",
                "I eat {v} every day.",
                "What I like to eat is {v}.",
                "My favorite food? It is {v}.",
                "Remember my favorite food: {v}.",
                "I could eat {v} all day.",
                "The best food is {v}.",
            ),
            ("For me the best food is {v}.", "Of all food I like {v} most.", "The food I love is {v}.", "I always like to eat {v}."),
        ),
        "I will remember the food {v}.",
        Wordings(
            (
                "What is my favorite food?",
                "Which food do I like?",
                "What's my favorite food?",
                "Do you remember my favorite food?",
                "What is my favourite food?",
                "Tell me my favorite food.",
                "What do I like to eat?",
                "What food do I like?",
                "Do you know my favorite food?",
                "My favorite food?",
                "Which food did I say?",
                "What do I love to eat?",
            ),
            ("Can you tell me my favorite food?", "Which food do I like most?", "What was my favorite food?", "And my favorite food is?"),
        ),
        "Your favorite food is {v}.",
        "You have not told me your favorite food.",
        lambda rng: rng.choice(FOODS),
    ),
    "number": (
        Wordings(
            (
                "My favorite number is {v}.",
                "My lucky number is {v}.",
                "My number is {v}.",
                "Remember the number {v}.",
                "Please remember the number {v}.",
                "The number is {v}.",
                "Keep the number {v} in mind.",
                "Here is a number: {v}.",
                "Remember this number: {v}.",
                "I give you the number {v}.",
                "My favourite number is {v}.",
                "Note the number {v}.",
            ),
            (
                "Keep this number in mind: {v}.",
                "I want you to remember the number {v}.",
                "Please keep the number {v}.",
                "Here is my number: {v}.",
            ),
        ),
        "I will remember the number {v}.",
        Wordings(
            (
                "What is my number?",
                "What was the number?",
                "Which number did I tell you?",
                "Do you remember the number?",
                "What number did I give you?",
                "Tell me the number.",
                "What is my favorite number?",
                "Which number was it?",
                "What is the number?",
                "Do you know my number?",
                "What's my number?",
                "Say the number.",
                "What is my lucky number?",
            ),
            ("Can you tell me the number?", "Which number did I give you?", "What was my number?", "And the number is?"),
        ),
        "The number is {v}.",
        "You have not told me a number.",
        lambda rng: str(rng.randrange(10 ** rng.randint(1, 5))),
    ),
    "city": (
        Wordings(
            (
                "I live in {v}.",
                "I am from {v}.",
                "I come from {v}.",
                "My home is in {v}.",
                "I'm from {v}.",
                "My city is {v}.",
                "I live in the city of {v}.",
                "My home town is {v}.",
                "We live in {v}.",
                "I moved to {v}.",
                "My house is in {v}.",
                "I have lived in {v} for years.",
            ),
            ("These days I live in {v}.", "The city I live in is {v}.", "My family lives in {v}, and I do too.", "My town is {v}."),
        ),
        "{v} is a nice place.",
        Wordings(
            (
                "Where do I live?",
                "Which city do I live in?",
                "Where am I from?",
                "In which city do I live?",
                "What city do I live in?",
                "Do you remember where I live?",
                "Tell me where I live.",
                "Where is my home?",
                "What is my city?",
                "Where do I come from?",
                "Do you know where I live?",
                "Which city am I from?",
            ),
            ("Can you tell me where I live?", "What city am I from?", "Where did I say I live?", "And where do I live?"),
        ),
        "You live in {v}.",
        "You have not told me where you live.",
        _city,
    ),
    "age": (
        Wordings(
            (
                "I am {v} years old.",
                "I'm {v} years old.",
                "My age is {v}.",
                "I am {v} years of age.",
                "I turned {v} this year.",
                "I have just turned {v}.",
                "I will tell you my age: {v}.",
                "Yesterday I turned {v}.",
                "My age? I am {v}.",
                "I am now {v} years old.",
                "I was {v} on my last birthday.",
                "Remember my age: {v}.",
            ),
            ("Today I turned {v}.", "I became {v} this year.", "By the way, I am {v} years old.", "At the moment I am {v} years old."),
        ),
        "I will remember that you are {v}.",
        Wordings(
            (
                "How old am I?",
                "What is my age?",
                "Do you know how old I am?",
                "Do you remember my age?",
                "Tell me my age.",
                "What's my age?",
                "Which age did I tell you?",
                "Tell me how old I am.",
                "My age?",
                "How old did I say I am?",
                "Do you remember how old I am?",
                "What age am I?",
            ),
            ("Can you tell me how old I am?", "What was my age?", "And how old am I?", "Can you remember my age?"),
        ),
        "You are {v} years old.",
        "You have not told me your age.",
        lambda rng: str(rng.randint(5, 99)),
    ),
    "sport": (
        Wordings(
            (
                "My favorite sport is {v}.",
                "The sport I like is {v}.",
                "My sport is {v}.",
                "I like the sport {v}.",
                "My favourite sport is {v}.",
                "{v} is my favorite sport.",
                "The best sport is {v}.",
                "The sport I do is {v}.",
                "I do one sport, {v}.",
                "Of all sports I like {v} best.",
                "Remember my favorite sport: {v}.",
                "My favorite sport? It is {v}.",
            ),
            ("For me the best sport is {v}.", "The sport I love is {v}.", "As for sports, I like {v}.", "The sport I like most is {v}."),
        ),
        "I will remember the sport {v}.",
        Wordings(
            (
                "What is my favorite sport?",
                "Which sport do I like?",
                "What's my favorite sport?",
                "Do you remember my favorite sport?",
                "What is my favourite sport?",
                "Tell me my favorite sport.",
                "What sport do I like?",
                "What is my sport?",
                "Do you know my favorite sport?",
                "My favorite sport?",
                "Which sport did I say?",
                "Which sport is my favorite?",
            ),
            (
                "Can you tell me my favorite sport?",
                "Which sport do I like most?",
                "What was my favorite sport?",
                "And my favorite sport is?",
            ),
        ),
        "Your favorite sport is {v}.",
        "You have not told me your favorite sport.",
        lambda rng: rng.choice(SPORTS),
    ),
    "code": (
        Wordings(
            (
                "My code word is {v}.",
                "The code word is {v}.",
                "The password is {v}.",
                "Remember the code word {v}.",
                "The secret word is {v}.",
                "Please remember the secret word {v}.",
                "Here is the code word: {v}",
                "Our code word is {v}.",
                "Remember this code word: {v}",
                "Keep the secret word {v}.",
                "I tell you the code word: {v}",
                "My secret word is {v}.",
            ),
            (
                "Our secret word is {v}.",
                "Keep this code word in mind: {v}",
                "The code word for today is {v}.",
                "Please note the code word {v}.",
            ),
        ),
        "I will remember the code word {v}.",
        Wordings(
            (
                "What is my code word?",
                "What is the code word?",
                "What was the code word?",
                "Do you remember the code word?",
                "What is the secret word?",
                "Tell me the code word.",
                "Which code word did I tell you?",
                "What is the password?",
                "Say the code word.",
                "What's the code word?",
                "Do you know the code word?",
                "Which code word was it?",
            ),
            ("Can you tell me the code word?", "What was the secret word?", "And the code word is?", "Which code word did I give you?"),
        ),
        "The code word is {v}.",
        "You have not told me a code word.",
        lambda rng: rng.choice(WORDS) if rng.random() < 0.5 else made_up(rng, rng.randint(4, 8)),
    ),
}
for _pet_kind in ("dog", "cat", "friend", "sister", "brother"):
    THINGS[_pet_kind] = (
        Wordings(
            (
                f"My {_pet_kind} is called {{v}}.",
                f"The name of my {_pet_kind} is {{v}}.",
                f"My {_pet_kind}'s name is {{v}}.",
                f"I have a {_pet_kind} called {{v}}.",
                f"I have a {_pet_kind} named {{v}}.",
                f"My {_pet_kind} is named {{v}}.",
                f"I have a {_pet_kind}, {{v}}.",
                f"This is my {_pet_kind} {{v}}.",
                f"My {_pet_kind} has the name {{v}}.",
                f"Meet my {_pet_kind} {{v}}.",
                f"We call my {_pet_kind} {{v}}.",
                f"Remember my {_pet_kind}'s name: {{v}}.",
            ),
            (
                f"I call my {_pet_kind} {{v}}.",
                f"There is my {_pet_kind}, called {{v}}.",
                f"My {_pet_kind} goes by {{v}}.",
                f"Let me tell you my {_pet_kind}'s name: {{v}}.",
            ),
        ),
        f"I will remember your {_pet_kind} {{v}}.",
        Wordings(
            (
                f"What is my {_pet_kind}'s name?",
                f"What is the name of my {_pet_kind}?",
                f"What's my {_pet_kind}'s name?",
                f"What is my {_pet_kind} called?",
                f"Do you remember my {_pet_kind}'s name?",
                f"How is my {_pet_kind} called?",
                f"Tell me the name of my {_pet_kind}.",
                f"Who is my {_pet_kind}?",
                f"Do you know my {_pet_kind}'s name?",
                f"Which name does my {_pet_kind} have?",
                f"My {_pet_kind}'s name?",
                f"What did I call my {_pet_kind}?",
            ),
            (
                f"Can you tell me my {_pet_kind}'s name?",
                f"What was my {_pet_kind}'s name?",
                f"Say my {_pet_kind}'s name.",
                f"And what is my {_pet_kind} called?",
            ),
        ),
        f"Your {_pet_kind} is called {{v}}.",
        f"You have not told me the name of your {_pet_kind}.",
        _pet,
    )
CORRECTED = ("Actually, {t}", "No, wait: {t}", "Sorry, {t}", "I was wrong: {t}", "Correction: {t}")


def draw(rng: random.Random, say: Say) -> Draft:
    if rng.random() < 0.22:
        return _told(rng, say)
    asked, *others = rng.sample(list(THINGS), rng.choices((1, 2, 3, 4), (40, 30, 20, 10))[0])
    known = rng.random() < 0.86
    values = {subject: THINGS[subject][5](rng) for subject in ([asked] if known else []) + others}
    turns = [_turn(rng, say, subject, value) for subject, value in values.items()]
    rng.shuffle(turns)
    if known and rng.random() < 0.12:
        values[asked] = THINGS[asked][5](rng)
        turn = _turn(rng, say, asked, values[asked])
        turns.append(Turn(rng.choice(CORRECTED).format(t=turn.prompt), turn.answer))
    _, _, asking, answer, missing, _ = THINGS[asked]
    key = tuple(sorted(value.lower() for value in values.values())) or ("nothing", asked)
    prompt = say(asking)
    if not known:
        medium = f"The user has not said the {asked}."
        return Draft(key, prompt, missing, medium, f"{medium} Check: no turn says it.", tuple(turns))
    said = f"{asked}: {values[asked]}"
    return Draft(
        key,
        prompt,
        answer.format(v=values[asked]),
        f"The user said {said}.",
        f"The user said {said}. Check: the last turn about it says {values[asked]}.",
        tuple(turns),
    )


def _turn(rng, say: Say, subject: str, value: str) -> Turn:
    telling, reply, *_ = THINGS[subject]
    return Turn(say(telling, v=value), reply.format(v=value))


def _told(rng, say: Say) -> Draft:
    subject = rng.choice(list(THINGS))
    value = THINGS[subject][5](rng)
    turn = _turn(rng, say, subject, value)
    medium = f"The user says {subject}: {value}."
    return Draft((value.lower(),), turn.prompt, turn.answer, medium, f"{medium} I remember it.")
