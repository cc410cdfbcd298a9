"""Tools as somebody may write them, and the values that they are given. Called by functions."""

import random
from dataclasses import replace

from .calendar import MONTHS, WEEK
from .lexicon import NAMES, WORDS, made_up, name
from .memory import CITIES
from .numerals import numeral
from .toolbox import SYNONYMS, Tool

# kind of value: the parameters that take it
_KINDS = {
    "number": "number sides order room_number table_number floor",
    "count": "people quantity nights stars hours count rounds",
    "small": "minutes percent base exponent weight height width length price distance liters speed celsius euros level age points",
    "amount": "amount total",
    "city": "city stop station origin destination",
    "country": "country",
    "person": "person student recipient guest boss player patient",
    "author": "author artist",
    "title": "title song movie restaurant hotel shop event book game subject",
    "label": "label",
    "time": "time",
    "day": "day",
    "date": "date",
    "money": "from_currency to_currency",
    "text": "text body note",
    "task": "task",
    "question": "question",
    "email": "email_address",
    "room": "room",
    "state": "state",
    "language": "language",
    "goods": "item dish food product",
    "color": "color",
    "code": "account parcel ticket flight_number",
    "unit": "unit",
}
KINDS = {parameter: kind for kind, parameters in _KINDS.items() for parameter in parameters.split()}
INTEGERS = ("number", "count", "small", "amount")
ROOMS = "kitchen bathroom bedroom garage garden hall office cellar attic hallway nursery library balcony basement".split() + ["living room"]
CURRENCIES = "USD EUR GBP JPY CHF CAD AUD SEK NOK DKK PLN CZK INR CNY BRL MXN ZAR TRY KRW HUF".split()
LANGUAGES = "French German Spanish Italian Polish Dutch Turkish Greek Swedish Latin English Russian Danish Chinese Arabic".split()
COUNTRIES = "France Spain Italy Poland Norway Japan Kenya Peru Brazil Canada Egypt Greece India Chile Turkey Cuba Ghana Nepal".split()
COLORS = "red blue green yellow purple pink white orange warm cold".split()
GOODS = """eggs lemons apples tomatoes potatoes bananas onions carrots pizzas burgers coffees teas rolls cookies batteries pens chairs
candles towels plates cups pears salads soups pancakes sandwiches radios lamps heaters fans""".split()
DEVICES = "radio heater fan oven printer television computer lamp washer kettle toaster camera speaker pump".split()
TEXTS = """I will be late|see you at noon|happy birthday|dinner is ready|I am on my way|call me back|the train is late|thank you for the flowers
where are you|I love you|the meeting starts at nine|good night|we are at the station|bring some bread|I am sick today|see you soon|no problem
come home|I forgot my keys|the dog is fine|sorry|good luck|we won|please wait for me|I cannot come|the car is broken|it works now""".replace("\n", "|").split("|")
TASKS = """call mum|water the plants|buy milk|feed the cat|pay the rent|clean the car|go to the dentist|take the pills|wash the dishes|write the report
lock the door|book the hotel|send the letter|check the oven|walk the dog|phone the bank|do the homework|visit grandma|pick up the kids|charge the phone
""".strip().replace("\n", "|").split("|")
QUESTIONS = """when do you come|what is for lunch|are you free|where is the key|do you like fish|how was the trip|who has the tickets|is it raining""".split("|")
SURNAMES = """Christie Miller Smith Brown Garcia Moreau Rossi Novak Larsen Tanaka Silva Weber Fischer Cohen Kowalski Jansen Okafor
Singh Austen Orwell King Hill Lopez Ivanov""".split()
RESULTS = """done|ok|OK|yes|no|sent|table booked|ok, table booked|all right|message sent|added to the list|not available|sold out|saved|true|false|null
light is on|light is off|it is on|started|nothing found|no connection|in stock|closed today|three trains found|very good|about an hour|please wait
Error 404|booked for you|on time|fully booked|too late|sunny and warm|in the north|next week|your order is on its way|timer running""".replace("\n", "|").split("|")


def reordered(rng: random.Random, tool: Tool) -> Tool:
    """The same with its parameters in another order now and then."""
    return replace(tool, parameters=tuple(rng.sample(tool.parameters, len(tool.parameters)))) if rng.random() < 0.25 else tool


def schema(tool: str, about: str, parameters: dict[str, str]) -> dict:
    return {
        "name": tool,
        "description": about,
        "parameters": {
            "type": "object",
            "properties": {key: {"type": kind} for key, kind in parameters.items()},
            "required": list(parameters),
        },
    }


def declared(rng: random.Random, tool: Tool) -> dict:
    """The tool as somebody may have written it: its name and those of its parameters vary, so that they must be read."""
    called = tool.name if rng.random() < 0.5 else rng.choice(tool.names)
    if rng.random() < 0.08:
        called = f"{rng.choice(('my', 'do', 'new', 'make', 'run', 'quick', 'please'))}_{called}"
    names = []
    for parameter in tool.parameters:
        others = [other for other in SYNONYMS.get(parameter, ()) if other not in names and other not in tool.parameters]
        names.append(rng.choice(others) if others and rng.random() < 0.4 else parameter)
    kinds = ["integer" if KINDS.get(parameter, "thing") in INTEGERS else "string" for parameter in tool.parameters]
    found = schema(called, "" if rng.random() < 0.05 else tool.about, dict(zip(names, kinds)))
    if rng.random() < 0.06:  # a docstring that tells of the parameters
        for key, field in found["parameters"]["properties"].items():
            field["description"] = f"The {key.strip('_').replace('_', ' ')}."
    return found


def values(rng: random.Random, tool: Tool) -> list[tuple[str, str | int]]:
    """For each parameter what is typed and what the call gives: no two alike."""
    while True:
        found = [value(rng, parameter) for parameter in tool.parameters]
        if len({str(given).lower() for _, given in found}) == len(found):
            return found


def value(rng: random.Random, parameter: str) -> tuple[str, str | int]:
    """What is typed for a parameter, and what the call gives: the same but for numbers in words and commas in numbers."""
    kind = KINDS.get(parameter, "thing")
    if kind in INTEGERS:
        few, many = {"number": (1, 3), "small": (1, 2), "amount": (2, 4), "count": (1, 1)}[kind]
        given = rng.randrange(1, 20 if kind == "count" else 10 ** rng.randint(few, many))
        if kind == "count" and 2 <= given <= 12 and rng.random() < 0.15:
            return numeral(given), given
        return (f"{given:,}" if rng.random() < 0.3 else str(given)), given
    if kind == "goods" and rng.random() < 0.3:
        kind = "thing"
    text = rng.choice(DEVICES) if parameter == "product" and rng.random() < 0.5 else _text(rng, kind)
    if kind in ("city", "country", "person", "author", "title", "day", "language", "money") and rng.random() < 0.08:
        text = text.lower()
    return text, text


def _text(rng: random.Random, kind: str) -> str:
    match kind:
        case "city":
            return rng.choice(CITIES) if rng.random() < 0.4 else _capital(rng, 2 if rng.random() < 0.1 else 1)
        case "person":
            return name(rng) if rng.random() < 0.85 else f"{name(rng)} {_surname(rng)}"
        case "author":
            return f"{name(rng)} {_surname(rng)}" if rng.random() < 0.6 else ("The " if rng.random() < 0.4 else "") + _capital(rng)
        case "title":
            return _title(rng)
        case "label":
            return " ".join(rng.choices(WORDS, k=2)) if rng.random() < 0.2 else rng.choice(WORDS if rng.random() < 0.5 else GOODS)
        case "time" if rng.random() < 0.1:
            return f"{rng.randint(1, 12)}{rng.choice(('', ' '))}{rng.choice(('am', 'pm'))}"
        case "time":
            minute = rng.randrange(60) if rng.random() < 0.6 else rng.choice((0, 15, 30, 45))
            return f"{rng.randrange(24):{rng.choice(('', '02'))}}:{minute:02}"
        case "day":
            return rng.choice(WEEK)
        case "date":
            day, month = rng.randint(1, 28), rng.randint(1, 12)
            name_of_month = MONTHS[month - 1]
            return rng.choice((f"{day} {name_of_month}", f"{name_of_month} {day}", f"{rng.randint(2020, 2032)}-{month:02}-{day:02}"))
        case "text":
            text = rng.choice(TEXTS) if rng.random() < 0.5 else " ".join(rng.choices(WORDS, k=rng.randint(1, 4)))
            return text[0].upper() + text[1:] if rng.random() < 0.25 else text
        case "task" | "question":
            usual = rng.choice(TASKS if kind == "task" else QUESTIONS)
            return usual if rng.random() < 0.6 else " ".join(rng.choices(WORDS, k=rng.randint(2, 4)))
        case "money" if rng.random() < 0.15:
            return rng.choice(("dollars", "euros", "pounds", "yen", "francs", "rupees", "pesos"))
        case "email":
            domain = rng.choice(WORDS) if rng.random() < 0.7 else "example"
            return f"{rng.choice(NAMES).lower()}@{domain}.{rng.choice(('com', 'org', 'net', 'de'))}"
        case "code":
            return "".join(rng.choices("ABCDEFGHKLMNPRSTUVWXYZ", k=rng.randint(1, 2))) + str(rng.randrange(10, 10 ** rng.randint(2, 5)))
        case "room":
            return rng.choice(ROOMS)
    lists = {"country": COUNTRIES, "money": CURRENCIES, "language": LANGUAGES, "color": COLORS, "goods": GOODS, "state": ("on", "off"),
             "unit": ("celsius", "fahrenheit", "kelvin")}  # fmt: skip
    return rng.choice(lists[kind]) if kind in lists else rng.choice(WORDS) if rng.random() < 0.6 else made_up(rng, rng.randint(3, 7))


def _capital(rng, words: int = 1) -> str:
    return " ".join((rng.choice(WORDS) if rng.random() < 0.3 else made_up(rng, rng.randint(3, 7))).capitalize() for _ in range(words))


def _surname(rng) -> str:
    return rng.choice(SURNAMES) if rng.random() < 0.5 else made_up(rng, rng.randint(4, 8)).capitalize()


def _title(rng) -> str:
    """A title or a label of one to three words, capitalised or not: Yesterday, The Silver River, Luigi's."""
    words = rng.choices(WORDS, k=rng.choices((1, 2, 3), (50, 35, 15))[0])
    if rng.random() < 0.2:
        return f"{name(rng)}'s" if rng.random() < 0.5 else f"the {words[0]}"
    if rng.random() < 0.3:
        return _capital(rng)
    return " ".join(words) if rng.random() < 0.2 else " ".join(word.capitalize() for word in words)


def result(rng: random.Random, parameters: tuple[str, ...] = ()) -> str:
    """What a tool may give back: a word, a number, a phrase, a code, a time, or what went wrong."""
    if parameters and rng.random() < 0.03:
        missing = rng.choice(parameters)
        return f"Missing: {missing}. The parameters are: {', '.join(parameters)}."
    raised = f"{rng.choice(('ValueError', 'KeyError', 'TypeError'))}: {rng.choice(WORDS)}"
    number, words = str(rng.randrange(10 ** rng.randint(1, 4))), " ".join(rng.choices(WORDS, k=2))
    return rng.choice((rng.choice(RESULTS), rng.choice(RESULTS), rng.choice(WORDS), number, made_up(rng, rng.randint(3, 7)),
                       _text(rng, "code"), _text(rng, "time"), f"{rng.randrange(1000) / 10}", words, raised))  # fmt: skip
