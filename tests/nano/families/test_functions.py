"""Calls of tools: what is called is offered, with values that stand in the question, as the working before it says."""

import json
import random
import re
from collections import Counter

import pytest

from gptoss_nb.nano.families import Say, functions, toolbox, tools

NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()


@pytest.fixture(scope="module")
def drafts():
    rng = random.Random("functions")
    return [functions.draw(rng, Say(rng, kept)) for kept in (False, True) for _ in range(1500)]


def stands(value, prompt: str) -> bool:
    """A text as it is; a number also in words or with commas."""
    if isinstance(value, str):
        return value in prompt
    return any(text in prompt for text in (str(value), f"{value:,}", *NUMBERS[value - 1 : value][: value > 0]))


def test_what_is_offered_is_called_and_answers(drafts):
    kinds = Counter()
    for draft in drafts:
        offered = {tool["name"]: tool["parameters"] for tool in draft.tools}
        assert len(offered) == len(draft.tools) >= 1
        for call in draft.calls:
            assert list(call.arguments) == list(offered[call.name]["properties"]) == offered[call.name]["required"]
            assert all(stands(value, draft.prompt) for value in call.arguments.values()), draft
            for key, value in call.arguments.items():
                assert offered[call.name]["properties"][key]["type"] == ("integer" if isinstance(value, int) else "string")
            assert call.result in draft.answer and call.result.removesuffix(".") in draft.medium
        kinds[len(draft.calls)] += 1
        assert draft.high.startswith(draft.medium)
    assert min(kinds[n] for n in (0, 1, 2)) > 150


def test_the_working_says_the_call(drafts):
    """Names of the tools; the one meant, with its parameters; each with its value in the signs of the call."""
    several = 0
    for draft in drafts:
        for call in draft.calls:
            names, name, parameters, given = re.fullmatch(r"One of ([^>]*) > (\w+)\(([\w,]+)\):(.*)", call.thinking).groups()
            assert names.split(", ") == [tool["name"] for tool in draft.tools] and name == call.name
            assert parameters.split(",") == list(call.arguments)
            written = json.dumps(call.arguments, separators=(",", "="))
            assert given == re.sub(r'([{,])"(\w+)"=', r"\1\2=", written)[1:-1]
            several += len(call.arguments) > 1
    assert several > 800


@pytest.mark.parametrize("tool", [*toolbox.TOOLS, *toolbox.SEVERAL], ids=lambda tool: tool.name)
def test_every_question_names_every_value(tool):
    wanted = {"x"} if len(tool.parameters) == 1 else set(tool.parameters)
    for text in (*tool.asked.trained, *tool.asked.kept):
        assert set(re.findall(r"{(\w+)}", text)) == wanted, text
    assert len(tool.asked.kept) == 1 and len(tool.asked.trained) >= 3
    rng, names = random.Random(tool.name), set()
    for _ in range(100):
        declared = tools.declared(rng, tools.reordered(rng, tool))
        properties = list(declared["parameters"]["properties"])
        names.add((declared["name"], *properties))
        assert len(properties) == len(tool.parameters) and all(map(str.isidentifier, (declared["name"], *properties)))
    assert len(names) >= 3


def test_one_question_is_one_tool_s():
    """No other tool that is offered might answer it; groups name tools that there are."""
    known = {tool.name for tool in (*toolbox.TOOLS, *toolbox.SEVERAL)} | functions.OPERATIONS.keys() | {entry[0] for entry in functions.LOOKUPS}
    assert set().union(*toolbox.ALIKE) <= known
    assert toolbox.alike("email_of", "get_email") and toolbox.alike("set_timer", "set_alarm") and not toolbox.alike("power", "book_table")
    assert len(toolbox.SEVERAL) >= 40
