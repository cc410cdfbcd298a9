"""Function tools: a calculator and look-ups are called, and what they give back is used in the answer."""

import random

from . import memory, products, sums, talk, tools
from .draft import Call, Draft, Say, wordings
from .lexicon import WORDS, made_up, name

OPERATIONS = {  # name: sign, description, wordings, result
    "multiply": ("*", "Multiply two numbers.", products.TIMES, lambda a, b: a * b),
    "add": ("+", "Add two numbers.", sums.ADD, lambda a, b: a + b),
    "subtract": ("-", "Subtract the second number from the first.", sums.SUBTRACT, lambda a, b: a - b),
}
PARAMETERS = (("a", "b"), ("x", "y"), ("first", "second"), ("left", "right"))
CITIES = [*memory.CITIES, "Nairobi", "Seoul", "Boston", "Geneva"]
SKIES = "sunny rainy cloudy windy snowy foggy stormy warm cold dry".split()
LOOKUPS = tuple(  # tool, description, parameter, what is asked for, wordings, answer
    (tool, about, parameter, kind, *wordings("functions", tool), answer)
    for tool, about, parameter, kind, answer in (
        ("get_weather", "Get the weather of a city.", "city", "city", "The weather in {x} is {r}."),
        ("get_price", "Get the price of an item.", "item", "thing", "The price of {x} is {r}."),
        ("get_age", "Get the age of a person.", "name", "person", "{x} is {r} years old."),
        ("find_phone", "Find the phone number of a person.", "name", "person", "The phone number of {x} is {r}."),
        ("lookup", "Look a word up in the dictionary.", "word", "thing", "{x} means {r}."),
    )
)
TWO, PROPERTY = wordings("functions", "TWO", "PROPERTY")
PROPERTIES = """temperature height weight size color capital population address birthday email title author speed length depth width
distance area owner teacher language currency time date level score rank status value rating director name year team job
flavor smell sound shape material""".split()
OWNERS = ("city", "name", "item", "word", "id", "place", "person", "thing", "country", "key")
PLAIN = talk.INTENTS[:6]  # no tool is needed: greetings, thanks, who nano is


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = {_calculation: 27, _lookup: 23, _property: 12, _own_words: 16, _two_prices: 7, _plain: 8, _no_tool: 7}
    return rng.choices(list(kinds), list(kinds.values()))[0](rng, say)


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


def _property(rng, say: Say) -> Draft:
    """A look-up of any name, which only its list of tools tells: `get_height(person)`."""
    asked = rng.choice(PROPERTIES) if rng.random() < 0.7 else rng.choice(WORDS)
    tool, parameter = f"{rng.choice(('get', 'get', 'find', 'read', 'show'))}_{asked}", rng.choice(OWNERS)
    x = _subject(rng, rng.choice(("person", "city", "thing")))
    result = rng.choice((rng.choice(WORDS), str(rng.randrange(10 ** rng.randint(1, 4))), made_up(rng, rng.randint(3, 7))))
    tools = _offered(rng, _schema(tool, f"Get the {asked} of a {parameter}.", {parameter: "string"}))
    call = Call(f"{_names(tools)} > {tool}: {x}", tool, {parameter: x}, result)
    medium, answer = f"The tool says {result}.", f"The {asked} of {x} is {result}."
    prompt = say(PROPERTY, a=asked, x=x)
    return Draft((asked, x.lower()), prompt, answer, medium, f"{medium} That is about {x}.", tools=tools, calls=(call,))


def _own_words(rng, say: Say) -> Draft:
    """A tool that is asked for in other words than those of its name: of `bus_departure(stop)`, when the next bus leaves."""
    tool, parameter, about, asked = rng.choice(tools.TOOLS)
    if parameter in tools.NUMBERS:
        x, kind = rng.randrange(1, 10 ** rng.randint(1, 3)), "integer"
    else:
        x, kind = _subject(rng, "city" if parameter in tools.PLACES else "person" if parameter in tools.PEOPLE else "thing"), "string"
    result = rng.choice((rng.choice(WORDS), str(rng.randrange(10 ** rng.randint(1, 4))), made_up(rng, rng.randint(3, 7)),
                         f"{rng.randrange(24)}:{rng.randrange(60):02}"))  # fmt: skip
    offered = _offered(rng, _schema(tool, about, {parameter: kind}))
    call = Call(f"{_names(offered)} > {tool}: {x}", tool, {parameter: x}, result)
    medium, answer = f"The tool says {result}.", f"The tool says: {result}"
    high = f"{medium} That is about {x}."
    return Draft((tool, str(x).lower()), say(asked, x=x), answer, medium, high, tools=offered, calls=(call,))


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
