"""Function tools: a calculator and look-ups are called, and what they give back is used in the answer."""

import random

from . import products, sums, talk
from .draft import Call, Draft, Say, Wordings
from .lexicon import WORDS, made_up, name

OPERATIONS = {  # name: sign, description, wordings, result
    "multiply": ("*", "Multiply two numbers.", products.TIMES, lambda a, b: a * b),
    "add": ("+", "Add two numbers.", sums.ADD, lambda a, b: a + b),
    "subtract": ("-", "Subtract the second number from the first.", sums.SUBTRACT, lambda a, b: a - b),
}
PARAMETERS = (("a", "b"), ("x", "y"), ("first", "second"), ("left", "right"))
CITIES = "Oslo Paris Berlin Madrid Rome London Lima Cairo Tokyo Delhi Vienna Prague Athens Dublin Lisbon Helsinki Nairobi Seoul Boston Geneva".split()
SKIES = "sunny rainy cloudy windy snowy foggy stormy warm cold dry".split()
LOOKUPS = (  # tool, description, parameter, what is asked for, wordings, answer
    (
        "get_weather",
        "Get the weather of a city.",
        "city",
        "city",
        Wordings(
            (
                "What is the weather in {x}?",
                "How is the weather in {x}?",
                "What's the weather like in {x}?",
                "Tell me the weather in {x}.",
                "Weather in {x}?",
                "Is it nice in {x}?",
                "What is the weather like in {x} today?",
                "Get the weather for {x}.",
                "Look up the weather in {x}.",
                "Give me the weather in {x}.",
                "How is the weather in {x} now?",
                "Check the weather in {x}.",
                "What's the weather in {x}?",
                "What's the weather in {x} today?",
                "What is the weather in {x} now?",
                "What is the weather today in the city of {x}?",
                "How is the weather today in {x}?",
                "How's the weather today in {x}?",
                "Can you tell me how the weather is in {x}?",
                "Can you look up the weather in {x}?",
                "Could you get the weather in {x}?",
                "Do you know the weather in {x}?",
                "I want to know the weather in {x}.",
                "I need to know the weather in {x}.",
                "Is it warm in {x}?",
                "Is it raining in {x}?",
                "Find the weather in {x}.",
                "Tell me about the weather in {x}.",
                "{x} weather?",
                "The weather in {x}?",
            ),
            (
                "What is the weather today in {x}?",
                "Can you tell me the weather in {x}?",
                "How's the weather in {x}?",
                "I need the weather in {x}.",
            ),
        ),
        "The weather in {x} is {r}.",
    ),
    (
        "get_price",
        "Get the price of an item.",
        "item",
        "thing",
        Wordings(
            (
                "What is the price of {x}?",
                "How much is {x}?",
                "What does {x} cost?",
                "Price of {x}?",
                "How much does {x} cost?",
                "Tell me the price of {x}.",
                "Look up the price of {x}.",
                "Get the price of {x}.",
                "Give me the price of {x}.",
                "What do I pay for {x}?",
                "How expensive is {x}?",
                "Find the price of {x}.",
                "What is the cost of the {x}?",
                "What's the price for {x}?",
                "What's the cost of {x}?",
                "What will {x} cost?",
                "What would I pay for {x}?",
                "Can you tell me what {x} costs?",
                "Can you look up the price of {x}?",
                "Could you find the price of {x}?",
                "Do you know the price of {x}?",
                "I want to buy {x}. What is the price?",
                "I want to know the price of {x}.",
                "I need to know the price of {x}.",
                "I need to know what {x} costs.",
                "Is {x} expensive?",
                "Tell me what {x} costs.",
                "Tell me the cost of {x}.",
                "The price of {x}?",
                "Check the price of {x}.",
            ),
            ("Can you tell me the price of {x}?", "What's the price of {x}?", "I need the price of {x}.", "What is the cost of {x}?"),
        ),
        "The price of {x} is {r}.",
    ),
    (
        "get_age",
        "Get the age of a person.",
        "name",
        "person",
        Wordings(
            (
                "How old is {x}?",
                "What is the age of {x}?",
                "Tell me the age of {x}.",
                "Age of {x}?",
                "Look up how old {x} is.",
                "Get the age of {x}.",
                "Find out how old {x} is.",
                "Do you know how old {x} is?",
                "What age is {x}?",
                "Give me the age of {x}.",
                "Tell me how old {x} is.",
                "Look up the age of {x}.",
                "How old is {x} now?",
                "What is {x}'s age?",
                "What's {x}'s age?",
                "How many years old is {x}?",
                "Can you tell me the age of {x}?",
                "Can you look up how old {x} is?",
                "Can you find out how old {x} is?",
                "Could you find the age of {x}?",
                "Do you know the age of {x}?",
                "I want to know how old {x} is.",
                "I want to know the age of {x}.",
                "I need to know how old {x} is.",
                "Find the age of {x}.",
                "Please find out how old {x} is.",
                "The age of {x}?",
                "Check how old {x} is.",
            ),
            ("Can you tell me how old {x} is?", "What's the age of {x}?", "I need the age of {x}.", "Please find the age of {x}."),
        ),
        "{x} is {r} years old.",
    ),
    (
        "find_phone",
        "Find the phone number of a person.",
        "name",
        "person",
        Wordings(
            (
                "What is the phone number of {x}?",
                "Find the phone number of {x}.",
                "Phone number of {x}?",
                "How can I call {x}?",
                "Look up the phone number of {x}.",
                "Give me the phone number of {x}.",
                "Tell me the phone number of {x}.",
                "Get the number of {x}.",
                "What number does {x} have?",
                "I want to call {x}.",
                "What is the telephone number of {x}?",
                "Do you have the phone number of {x}?",
                "What is {x}'s phone number?",
                "What's {x}'s phone number?",
                "What is {x}'s number?",
                "What's the number of {x}?",
                "Can you tell me the phone number of {x}?",
                "Can you look up the phone number of {x}?",
                "Can you give me the phone number of {x}?",
                "Could you find the phone number of {x}?",
                "Do you know the phone number of {x}?",
                "How do I call {x}?",
                "How can I phone {x}?",
                "I want to phone {x}.",
                "I want the phone number of {x}.",
                "I need to call {x}.",
                "I need the number of {x}.",
                "Please find the phone number of {x}.",
                "The phone number of {x}?",
                "Find {x}'s phone number.",
            ),
            (
                "Can you find the phone number of {x}?",
                "What's the phone number of {x}?",
                "I need the phone number of {x}.",
                "Please look up the phone number of {x}.",
            ),
        ),
        "The phone number of {x} is {r}.",
    ),
    (
        "lookup",
        "Look a word up in the dictionary.",
        "word",
        "thing",
        Wordings(
            (
                "Look up {x}.",
                "Look up the word {x}.",
                "What does {x} mean?",
                "What is the meaning of {x}?",
                "Find {x} in the dictionary.",
                "Define {x}.",
                "Give me the meaning of {x}.",
                "What does the word {x} mean?",
                "Look {x} up.",
                "Tell me the meaning of {x}.",
                "Tell me what {x} means.",
                "Look up what {x} means.",
                "Look up the meaning of {x}.",
                "What's the meaning of the word {x}?",
                "What is the meaning of the word {x}?",
                "What does '{x}' mean?",
                "What is meant by {x}?",
                "Can you look up the word {x}?",
                "Can you tell me what {x} means?",
                "Can you define {x}?",
                "Could you look up {x}?",
                "Could you look {x} up?",
                "Do you know what {x} means?",
                "I want to know what {x} means.",
                "I need the meaning of {x}.",
                "Please look up {x}.",
                "Search for {x} in the dictionary.",
                "Search the dictionary for the word {x}.",
                "Look in the dictionary for {x}.",
                "The meaning of {x}?",
                "Define the word {x}.",
            ),
            ("Can you look up {x}?", "What's the meaning of {x}?", "Please look up the word {x}.", "Search the dictionary for {x}."),
        ),
        "{x} means {r}.",
    ),
)
TWO = Wordings(
    (
        "What are the prices of {x} and {y}?",
        "How much are {x} and {y}?",
        "Prices of {x} and {y}?",
        "Tell me the prices of {x} and {y}.",
        "What do {x} and {y} cost?",
        "Look up the prices of {x} and {y}.",
        "Get the prices of {x} and {y}.",
        "Give me the prices of {x} and {y}.",
        "How much do {x} and {y} cost?",
        "Find the prices of {x} and {y}.",
        "I want to buy {x} and {y}. What are the prices?",
        "What is the price of {x} and of {y}?",
        "What's the price of {x} and the price of {y}?",
        "What is the price of {x} and what is the price of {y}?",
        "What are the costs of {x} and {y}?",
        "What would {x} and {y} cost?",
        "What will {x} and {y} cost?",
        "Can you look up the prices of {x} and {y}?",
        "Can you tell me what {x} and {y} cost?",
        "Could you find the prices of {x} and {y}?",
        "I want to know the prices of {x} and {y}.",
        "I want the prices of {x} and {y}.",
        "I need to know what {x} and {y} cost.",
        "Tell me what {x} and {y} cost.",
        "Check the prices of {x} and {y}.",
        "The prices of {x} and {y}?",
        "How much is {x}, and how much is {y}?",
        "Please get the prices of {x} and {y}.",
    ),
    (
        "Can you tell me the prices of {x} and {y}?",
        "I need the prices of {x} and {y}.",
        "What's the price of {x} and of {y}?",
        "Please find the prices of {x} and {y}.",
    ),
)
PLAIN = talk.INTENTS[:6]  # no tool is needed: greetings, thanks, who nano is


def draw(rng: random.Random, say: Say) -> Draft:
    kind = rng.choices((_calculation, _lookup, _two_prices, _plain, _no_tool), (38, 34, 10, 10, 8))[0]
    return kind(rng, say)


def _schema(tool: str, about: str, parameters: dict[str, str]) -> dict:
    return {
        "name": tool,
        "description": about,
        "parameters": {
            "type": "object",
            "properties": {key: {"type": kind} for key, kind in parameters.items()},
            "required": list(parameters),
        },
    }


def _operation(rng, tool: str) -> dict:
    return _schema(tool, OPERATIONS[tool][1], dict.fromkeys(rng.choice(PARAMETERS), "integer"))


def _look(entry) -> dict:
    return _schema(entry[0], entry[1], {entry[2]: "string"})


def _offered(rng, own: dict, without: tuple[str, ...] = ()) -> tuple[dict, ...]:
    """The tool, none to two others, in any order."""
    others = [_operation(rng, tool) for tool in OPERATIONS] + [_look(entry) for entry in LOOKUPS]
    others = [tool for tool in others if tool["name"] not in (own["name"], *without)]
    tools = [own, *rng.sample(others, rng.choices((0, 1, 2), (50, 30, 20))[0])]
    rng.shuffle(tools)
    return tuple(tools)


def _calculation(rng, say: Say) -> Draft:
    tool = rng.choice(list(OPERATIONS))
    sign, _, wordings, run = OPERATIONS[tool]
    a, b = (rng.randrange(10 ** rng.randint(1, 4)) for _ in range(2))
    prompt, result = say(wordings, a=a, b=b), run(a, b)
    own = _operation(rng, tool)
    tools = _offered(rng, own)
    call = Call(f"{_names(tools)} > {tool}: {a}, {b}", tool, dict(zip(own["parameters"]["properties"], (a, b))), str(result))
    return Draft(
        (sign, a, b),
        prompt,
        f"{a} {sign} {b} = {result}.",
        f"The tool says {result}.",
        f"The tool says {result}. That is {a} {sign} {b}.",
        tools=tools,
        calls=(call,),
    )


def _subject(rng, kind: str) -> str:
    if kind == "person":
        return name(rng)
    if kind == "city":
        return rng.choice(CITIES) if rng.random() < 0.6 else made_up(rng, rng.randint(4, 7)).capitalize()
    return rng.choice(WORDS) if rng.random() < 0.6 else made_up(rng, rng.randint(3, 7))


def _result(rng, tool: str) -> str:
    return {
        "get_weather": rng.choice(SKIES),
        "get_price": str(rng.randrange(1, 500)),
        "get_age": str(rng.randrange(1, 99)),
        "find_phone": str(rng.randrange(10**4, 10**7)),
        "lookup": rng.choice(WORDS),
    }[tool]


def _lookup(rng, say: Say) -> Draft:
    entry = rng.choice(LOOKUPS)
    tool, _, parameter, kind, wordings, answer = entry
    x = _subject(rng, kind)
    failed = rng.random() < 0.12
    result = rng.choice((f"There is no {x}.", f"{x} was not found.", f"Not found: {x}")) if failed else _result(rng, tool)
    answer = f"The tool says: {result}" if failed else answer.format(x=x, r=result)
    tools = _offered(rng, _look(entry))
    call = Call(f"{_names(tools)} > {tool}: {x}", tool, {parameter: x}, result)
    high = f"The tool says {result}. That is about {x}."
    return Draft((x.lower(),), say(wordings, x=x), answer, f"The tool says {result}.", high, tools=tools, calls=(call,))


def _two_prices(rng, say: Say) -> Draft:
    x, y = _subject(rng, "thing"), _subject(rng, "thing")
    entry, prices = LOOKUPS[1], [_result(rng, "get_price") for _ in range(2)]
    tools = _offered(rng, _look(entry))
    calls = tuple(Call(f"{_names(tools)} > get_price: {item}", "get_price", {"item": item}, price) for item, price in zip((x, y), prices))
    answer = f"The price of {x} is {prices[0]}. The price of {y} is {prices[1]}."
    medium = f"{x} {prices[0]}, {y} {prices[1]}."
    return Draft((x, y), say(TWO, x=x, y=y), answer, medium, f"{medium} Check: {medium}", tools=tools, calls=calls)


def _plain(rng, say: Say) -> Draft:
    wordings, answer, _ = rng.choice(PLAIN)
    return Draft(
        (),
        say(wordings),
        answer,
        "This is talk, no tool is needed.",
        "This is talk, no tool is needed. I answer myself.",
        tools=_offered(rng, _any(rng)),
    )


def _any(rng) -> dict:
    return _operation(rng, rng.choice(list(OPERATIONS))) if rng.random() < 0.5 else _look(rng.choice(LOOKUPS))


def _no_tool(rng, say: Say) -> Draft:
    """The question of one look-up while only others are there."""
    asked = rng.choice(LOOKUPS)
    own = _operation(rng, rng.choice(list(OPERATIONS))) if rng.random() < 0.5 else _look(rng.choice([e for e in LOOKUPS if e is not asked]))
    x = _subject(rng, asked[3])
    tools = _offered(rng, own, without=(asked[0],))
    medium = f"{_names(tools)} > not {asked[0]}."
    return Draft((x.lower(),), say(asked[4], x=x), "I have no tool for that.", medium, f"{medium} I say so.", tools=tools)


def _names(tools: tuple[dict, ...]) -> str:
    """The tools that there are, in their order: what is wanted is looked for among them."""
    return ", ".join(tool["name"] for tool in tools)
