"""A function becomes a schema, and a call that a model wrote becomes text, whatever it wrote."""

import enum
import functools
import json
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gptoss_nb.chat import tools
from gptoss_nb.errors import OptionError

RING = []
RING.append(RING)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def add(a: int, b: float = 0.5, how: Literal["up", "down"] = "up", *, colour: Colour = Colour.RED) -> float:
    """Add two numbers,
    and round.

    Args:
        a: the first
            number
        b (float): the second
        how: which way

    Returns:
        the sum: a number
    """
    return f"{a + b} {how} {colour.name}"


def many(xs: list[int], table: dict, name: Optional[str], either: int | str = 3, anything=None, some: Any = (),
         mixed: Union[list[int], str, None] = None, noted: Annotated[bool, "x"] = True):
    """Many.

    :param xs: the numbers
    :param str name: a name
    """
    return {"xs": xs, "name": name, "either": either}


def numpy_style(x: int):
    """Numpy.

    Parameters
    ----------
    x : int
        The x,
        in metres.

    Returns
    -------
    int
    """


def nothing():
    return None


def test_schema_of_a_function():
    assert tools.schema(add) == {"name": "add", "description": "Add two numbers,\nand round.", "parameters": {
        "type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer", "description": "the first number"},
            "b": {"type": "number", "description": "the second", "default": 0.5},
            "how": {"type": "string", "enum": ["up", "down"], "description": "which way", "default": "up"},
            "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"}}}}


def test_schema_of_many_types():
    assert tools.schema(many)["parameters"] == {"type": "object", "required": ["xs", "table", "name"], "properties": {
        "xs": {"type": "array", "items": {"type": "integer"}, "description": "the numbers"}, "table": {"type": "object"},
        "name": {"type": "string", "nullable": True, "description": "a name"},
        "either": {"type": ["integer", "string"], "default": 3}, "anything": {}, "some": {},
        "mixed": {"oneOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}], "nullable": True},
        "noted": {"type": "boolean", "default": True}}}


def test_other_docstrings():
    assert tools.schema(numpy_style)["parameters"]["properties"]["x"]["description"] == "The x, in metres."
    assert tools.schema(numpy_style)["description"] == "Numpy." and tools.schema(many)["description"] == "Many."
    assert tools.schema(nothing) == {"name": "nothing", "description": ""}


def unreadable(x: "Nowhere"):  # noqa: F821
    pass


async def later():
    pass


async def drip(x: int):
    yield x


@pytest.mark.parametrize("default", [{(1, 2): 3}, RING, [object()], {"x": float("nan")}])
def test_a_default_that_is_no_json_is_left_out(default):
    def function(x: object = default): pass
    assert tools.schema(function)["parameters"] == {"type": "object", "properties": {"x": {}}, "required": []}


@pytest.mark.parametrize("bad", [lambda x: x, lambda *xs: xs, unreadable, later, drip, functools.wraps(later)(lambda x: later(x)), 3, "print", enum.Enum, max, type("T", (), {})()])
def test_what_cannot_be_a_tool(bad):
    with pytest.raises(OptionError):
        tools.schema(bad)


def stars(*xs): pass
def double_stars(**xs): pass
def positional(x, /): pass
def complex_number(x: complex): pass


@pytest.mark.parametrize("bad", [stars, double_stars, positional, complex_number])
def test_parameters_that_json_does_not_have(bad):
    with pytest.raises(OptionError, match=bad.__name__):
        tools.schema(bad)


def fail(message: str = ""):
    raise ZeroDivisionError("division by zero")


class Rude(Exception):
    def __str__(self):
        raise RuntimeError


def rude():
    raise Rude


def leave():
    raise SystemExit(3)


def circle():
    ring = []
    ring.append(ring)
    return ring


def keys():
    return {(1, 2): 3}


def arrays():
    return [np.int64(5), np.float32(0.5), np.array([1, 2]), torch.tensor([[True]])]


def hidden():
    return later()


def long(n: int):
    return "x" * n


FUNCTIONS = {f.__name__: f for f in (add, many, nothing, fail, rude, leave, circle, keys, arrays, hidden, long)}

SAID = [
    ("add", '{"a": 2}', "2.5 up RED"), ("functions.add", '{"a": 2.0, "b": 1, "colour": "blue"}', "3 up BLUE"),
    ("many", '{"xs": [1], "table": {}, "name": null, "either": "é"}', '{"xs": [1], "name": null, "either": "é"}'),
    ("nothing", "", "null"), ("nothing", "{}", "null"), ("fail", "{}", "ZeroDivisionError: division by zero"),
    ("rude", "{}", "Rude"), ("leave", "{}", "SystemExit: 3"), ("circle", "{}", "[[...]]"), ("keys", "{}", "{(1, 2): 3}"),
    ("arrays", "{}", '[5, 0.5, [1, 2], [[true]]]'), ("hidden", "{}", "This function is asynchronous"),
    ("eval", '{"x": "1"}', "There is no function 'eval'. There are: add, many, nothing, fail, rude, leave, circle, keys, arrays, hidden, long."),
    ("__import__", "{}", "There is no function"), ("add", "{", "The arguments are not valid JSON"),
    ("add", "__import__('os').abort()", "The arguments are not valid JSON"), ("add", "[1]", "The arguments must be a JSON object, not array."),
    ("add", '{"a": NaN}', "The arguments are not valid JSON: NaN is no number"), ("add", "[" * 200_000, "The arguments are not valid JSON"),
    ("add", '{"a": ' + "9" * 9999 + "}", "The arguments are not valid JSON"),
    ("add", "{}", "Missing: a. The parameters are: a, b, how, colour."), ("add", '{"a": 1, "c": 2}', "Unknown: c."),
    ("add", '{"a": "1"}', "a must be integer, not string."), ("add", '{"a": true}', "a must be integer, not boolean."),
    ("add", '{"a": 1, "how": "left"}', "how must be one of 'up', 'down'."), ("add", '{"a": 1, "colour": "pink"}', "colour must be one of 'red'"),
    ("many", '{"xs": [1, "2"], "table": {}, "name": "n"}', "an item of xs must be integer, not string."),
    ("many", '{"xs": [], "table": {}, "name": 3}', "name must be str or NoneType, not integer."),
]


@pytest.mark.parametrize("name, arguments, answer", SAID, ids=range(len(SAID)))
def test_calls(name, arguments, answer):
    assert tools.call(FUNCTIONS, name, arguments).startswith(answer)


def test_long_results_are_cut_and_say_so():
    text = tools.call(FUNCTIONS, "long", '{"n": 50000}')
    assert text == "x" * 20_000 + "… (cut: the first 20,000 of 50,000 characters)"
    assert tools.call(FUNCTIONS, "long", '{"n": 20000}') == "x" * 20_000


def test_keyboard_interrupt_passes():
    def interrupted():
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        tools.call({"interrupted": interrupted}, "interrupted", "{}")


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                           lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["add", "many", "nothing", "", "\0"]), st.text(max_size=30) | st.dictionaries(
    st.sampled_from(["a", "b", "how", "xs", "table", "name", "either", "zz"]), json_values).map(json.dumps))
def test_whatever_a_model_writes_is_answered_with_text(name, arguments):
    assert isinstance(tools.call(FUNCTIONS, name, arguments), str)
