"""Function tools: a calculator, look-ups and tools of anybody are called, and what they give back is used in the answer.

Before a call the names of the tools that there are, the one that is meant with its parameters' names, and each of these with
its value, in the very signs that the call writes them in: `One of get_age, add > add(a,b):a=3,b=4`.
"""

import json
import random

from . import memory, products, sums, talk, toolbox, tools
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
TWO, PROPERTY, EXPLICIT = wordings("functions", "TWO", "PROPERTY", "EXPLICIT")
PROPERTIES = """temperature height weight size color capital population address birthday email title author speed length depth width
distance area owner teacher language currency time date level score rank status value rating director name year team job
flavor smell sound shape material""".split()
OWNERS = ("city", "name", "item", "word", "id", "place", "person", "thing", "country", "key")
SIMPLE = ("city", "person", "device", "time", "day", "title", "room", "ticket", "color", "text")  # parameters with such values
JOINTS = ((" ", " and "), (" ", ", "), (" = ", ", "), ("=", ", "), (": ", ", "), (" as ", " and "), (" set to ", " and "))
PLAIN = talk.INTENTS[:6]  # no tool is needed: greetings, thanks, who nano is


def draw(rng: random.Random, say: Say) -> Draft:
    kinds = {_several: 42, _own_words: 24, _calculation: 16, _lookup: 16, _explicit: 6, _property: 9, _two_prices: 9}
    kinds |= {_plain: 7, _no_tool: 9}
    return rng.choices(list(kinds), list(kinds.values()))[0](rng, say)


def _operation(rng, tool: str) -> dict:
    return tools.schema(tool, OPERATIONS[tool][1], dict.fromkeys(rng.choice(PARAMETERS), "integer"))


def _look(rng, entry) -> dict:
    parameter = rng.choice(toolbox.SYNONYMS.get(entry[2], [entry[2]])) if rng.random() < 0.2 else entry[2]
    return tools.schema(entry[0], entry[1], {parameter: "string"})


def _offered(rng, own: dict, meant: str | None = None, most: int = 2) -> tuple[dict, ...]:
    """The tool, none to two others, in any order; no other that might answer what is asked of `meant`, its usual name."""
    meant = meant or own["name"]
    found = [own]
    for _ in range(min(most, rng.choices((0, 1, 2), (45, 35, 20))[0])):
        usual, other = _other(rng)
        if not toolbox.alike(usual, meant) and other["name"] not in [tool["name"] for tool in found]:
            found.append(other)
    rng.shuffle(found)
    return tuple(found)


def _other(rng) -> tuple[str, dict]:
    """A tool of any kind, its usual name before it."""
    kind = rng.random()
    if kind < 0.2:
        return (tool := rng.choice(list(OPERATIONS))), _operation(rng, tool)
    if kind < 0.45:
        return (entry := rng.choice(LOOKUPS))[0], _look(rng, entry)
    tool = rng.choice(toolbox.TOOLS if kind < 0.7 else toolbox.SEVERAL)
    return tool.name, tools.declared(rng, tool)


def _call(offered: tuple[dict, ...], own: dict, values, result: str) -> Call:
    """The call of `own`, its values in the order of its parameters."""
    arguments = dict(zip(own["parameters"]["properties"], values))
    written = ",".join(f"{key}={json.dumps(value)}" for key, value in arguments.items())
    return Call(f"{_names(offered)} > {own['name']}({','.join(arguments)}):{written}", own["name"], arguments, result)


def _calculation(rng, say: Say) -> Draft:
    tool = rng.choice(list(OPERATIONS))
    sign, _, wordings, run = OPERATIONS[tool]
    a, b = (rng.randrange(10 ** rng.randint(1, 4)) for _ in range(2))
    prompt, result = say(wordings, a=a, b=b), run(a, b)
    own = _operation(rng, tool)
    offered = _offered(rng, own)
    return Draft(
        (sign, a, b),
        prompt,
        f"{a} {sign} {b} = {result}.",
        f"The tool says {result}.",
        f"The tool says {result}. That is {a} {sign} {b}.",
        tools=offered,
        calls=(_call(offered, own, (a, b), str(result)),),
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
    tool, _, _, kind, wordings, answer = entry
    x = _subject(rng, kind)
    failed = rng.random() < 0.12
    result = rng.choice((f"There is no {x}.", f"{x} was not found.", f"Not found: {x}")) if failed else _result(rng, tool)
    if not failed and rng.random() < 0.2 and not (": " in (unusual := tools.result(rng)) or tool == "get_age" and " " in unusual):
        result = unusual
    answer = f"The tool says: {result}" if failed else answer.format(x=x, r=result)
    own = _look(rng, entry)
    offered = _offered(rng, own)
    call = _call(offered, own, (x,), result)
    high = f"{_says(result)} That is about {x}."
    return Draft((x.lower(),), say(wordings, x=x), answer, _says(result), high, tools=offered, calls=(call,))


def _property(rng, say: Say) -> Draft:
    """A look-up of any name, which only its list of tools tells: `get_height(person)`."""
    asked = rng.choice(PROPERTIES) if rng.random() < 0.7 else rng.choice(WORDS)
    tool, parameter = f"{rng.choice(('get', 'get', 'find', 'read', 'show'))}_{asked}", rng.choice(OWNERS)
    x = _subject(rng, rng.choice(("person", "city", "thing")))
    result = rng.choice((rng.choice(WORDS), str(rng.randrange(10 ** rng.randint(1, 4))), made_up(rng, rng.randint(3, 7))))
    own = tools.schema(tool, f"Get the {asked} of a {parameter}.", {parameter: "string"})
    offered = _offered(rng, own, asked)
    call = _call(offered, own, (x,), result)
    medium, answer = f"The tool says {result}.", f"The {asked} of {x} is {result}."
    prompt = say(PROPERTY, a=asked, x=x)
    return Draft((asked, x.lower()), prompt, answer, medium, f"{medium} That is about {x}.", tools=offered, calls=(call,))


def _own_words(rng, say: Say) -> Draft:
    """A tool that is asked for in other words than those of its name: of `bus_departure(stop)`, when the next bus leaves."""
    tool = rng.choice(toolbox.TOOLS)
    own, [(x, given)] = tools.declared(rng, tool), tools.values(rng, tool)
    return _answered(rng, tool, own, [given], say(tool.asked, x=x))


def _several(rng, say: Say) -> Draft:
    """A tool of two or three parameters, whose values stand in the question in any order."""
    tool = tools.reordered(rng, rng.choice(toolbox.SEVERAL))
    own, values = tools.declared(rng, tool), tools.values(rng, tool)
    typed = {parameter: typed for parameter, (typed, _) in zip(tool.parameters, values)}
    return _answered(rng, tool, own, [given for _, given in values], say(tool.asked, **typed))


def _explicit(rng, say: Say) -> Draft:
    """A tool of any name whose parameters have any names, and the question gives a value to each name, in any order."""
    parts = rng.sample(WORDS, 2) if rng.random() < 0.7 else [rng.choice(("get", "find", "set", "make", "run", "do")), made_up(rng, 5)]
    tool = "_".join(parts[: rng.randint(1, 2)] if parts[0] in WORDS else parts)
    known = (*tools.KINDS, *tools.KINDS, *PROPERTIES, *WORDS[:200])
    while len(set(keys := [rng.choice(known) for _ in range(rng.choices((1, 2, 3), (20, 50, 30))[0])])) < len(keys):
        pass
    values = [tools.value(rng, rng.choice(("number", "small", "amount")) if rng.random() < 0.4 else rng.choice(SIMPLE)) for _ in keys]
    kinds = ["integer" if isinstance(given, int) else "string" for _, given in values]
    own = tools.schema(tool, rng.choice(("", f"About {rng.choice(WORDS)}.", f"Works on {rng.choice(WORDS)}.")), dict(zip(keys, kinds)))
    joint, last = rng.choice(JOINTS)
    pairs = [f"{key if rng.random() < 0.5 else key.replace('_', ' ')}{joint}{typed}" for key, (typed, _) in zip(keys, values)]
    rng.shuffle(pairs)
    said = last.join([", ".join(pairs[:-1]), pairs[-1]]) if len(pairs) > 1 else pairs[0]
    prompt = say(EXPLICIT, t=tool if rng.random() < 0.7 else tool.replace("_", " "), p=said)
    return _answered(rng, toolbox.Tool((tool,), tuple(keys), "", EXPLICIT), own, [given for _, given in values], prompt)


def _answered(rng, tool: toolbox.Tool, own: dict, values: list, prompt: str) -> Draft:
    """The tool is called, and what it gives back is passed on as it is."""
    offered = _offered(rng, own, tool.name, most=4 - len(values))
    result = tools.result(rng, tuple(own["parameters"]["properties"]))
    medium, answer = _says(result), f"The tool says: {result}"
    high = f"{medium} That is about {values[0]}."
    key = (tool.name, *(str(value).lower() for _, value in sorted(zip(tool.parameters, values))))
    return Draft(key, prompt, answer, medium, high, tools=offered, calls=(_call(offered, own, values, result),))


def _two_prices(rng, say: Say) -> Draft:
    x, y = _subject(rng, "thing"), _subject(rng, "thing")
    entry, prices = LOOKUPS[1], [_result(rng, "get_price") for _ in range(2)]
    own = _look(rng, entry)
    offered = _offered(rng, own)
    calls = tuple(_call(offered, own, (item,), price) for item, price in zip((x, y), prices))
    answer = f"The price of {x} is {prices[0]}. The price of {y} is {prices[1]}."
    medium = f"{x} {prices[0]}, {y} {prices[1]}."
    return Draft((x, y), say(TWO, x=x, y=y), answer, medium, f"{medium} Check: {medium}", tools=offered, calls=calls)


def _plain(rng, say: Say) -> Draft:
    wordings, answer, _ = rng.choice(PLAIN)
    return Draft(
        (),
        say(wordings),
        answer,
        "This is talk, no tool is needed.",
        "This is talk, no tool is needed. I answer myself.",
        tools=_offered(rng, _other(rng)[1]),
    )


def _no_tool(rng, say: Say) -> Draft:
    """The question of one look-up while only others are there."""
    asked = rng.choice(LOOKUPS)
    while toolbox.alike((other := _other(rng))[0], asked[0]):
        pass
    x = _subject(rng, asked[3])
    offered = _offered(rng, other[1], asked[0])
    medium = f"{_names(offered)} > not {asked[0]}."
    return Draft((x.lower(),), say(asked[4], x=x), "I have no tool for that.", medium, f"{medium} I say so.", tools=offered)


def _says(result: str) -> str:
    return f"The tool says {result.removesuffix('.')}."


def _names(offered: tuple[dict, ...]) -> str:
    """The tools that there are, in their order: what is wanted is looked for among them."""
    return f"One of {', '.join(tool['name'] for tool in offered)}"
