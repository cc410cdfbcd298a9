"""A user's own Python functions as tools: their schema for the model, and running a call that a model wrote.

The session calls `schema` before and `call` during a conversation. What a model writes is JSON that is parsed and
checked, never code. It must not know tokens or the model.
"""

import enum
import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Mapping

from ..errors import OptionError

LIMIT = 20_000  # characters of a result that the model gets to see
_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", list: "array",
           type(None): "null"}
_PYTHON = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list,
           "null": type(None)}


def schema(function: Callable) -> dict:
    """Name, description and parameters (a JSON schema) of a function, from its signature and docstring.

    Understood: str, int, float, bool, list, dict, None, Literal, Enum, Optional, Union, no annotation (anything), and
    what the docstring says of a parameter (Google, NumPy and `:param x:` style). Raises OptionError for the rest, for
    *args, **kwargs and positional-only parameters, and for what has no name or signature.
    """
    name = getattr(function, "__name__", "")
    plain = inspect.unwrap(function) if callable(function) and not isinstance(function, type) else None
    if plain is None or inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain) or not name.isidentifier():
        raise OptionError(f"{function!r} cannot be a tool.", "Give a plain function that was defined with def.")
    signature, hints = _signature(function)
    about, notes = _docstring(inspect.getdoc(function) or "")
    if not signature.parameters:
        return {"name": name, "description": about}
    properties = {}
    for key, parameter in signature.parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise OptionError(f"parameter {parameter} of {name} has no name that a model could use.",
                              "Give the function named parameters only.")
        properties[key] = _property(hints.get(key, typing.Any), parameter, notes.get(key), f"{key} of {name}")
    required = [key for key, p in signature.parameters.items() if p.default is p.empty]
    return {"name": name, "description": about,
            "parameters": {"type": "object", "properties": properties, "required": required}}


def call(functions: Mapping[str, Callable], name: str, arguments: str) -> str:
    """Run one call that a model wrote, and give what to tell it: the result, or what went wrong, as text.

    `name` is a key of `functions`, "functions." before it allowed; `arguments` a JSON object. A str result stays as it
    is, others become JSON, numpy's and torch's numbers and arrays too; more than 20,000 characters are cut, and the cut is said. Exceptions of the function become
    text; KeyboardInterrupt passes.
    """
    function = functions.get(name.removeprefix("functions."))
    if function is None:
        return _bounded(f"There is no function {name!r}. There are: {', '.join(functions) or 'none'}.")
    try:
        given = json.loads(arguments or "{}", parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return _bounded(f"The arguments are not valid JSON: {error}")
    if not isinstance(given, dict):
        return f"The arguments must be a JSON object, not {_kind(given)}."
    signature, hints = _signature(function)
    missing = [key for key, p in signature.parameters.items() if p.default is p.empty and key not in given]
    unknown = [key for key in given if key not in signature.parameters]
    if missing or unknown:
        wrong = [f"Missing: {', '.join(missing)}."] * bool(missing) + [f"Unknown: {', '.join(unknown)}."] * bool(unknown)
        return _bounded(f"{' '.join(wrong)} The parameters are: {', '.join(signature.parameters) or 'none'}.")
    try:
        values = {key: _value(value, hints.get(key, typing.Any), key) for key, value in given.items()}
    except _Mismatch as error:
        return _bounded(str(error))
    return _run(function, values)


class _Mismatch(Exception):
    """An argument is not of the type that its annotation asks for."""


def _no_number(name: str):
    raise ValueError(f"{name} is no number")


def _run(function: Callable, values: dict) -> str:
    try:
        result = function(**values)
        if inspect.iscoroutine(result):
            result.close()
            return "This function is asynchronous and cannot be called from here."
        return _bounded(result if isinstance(result, str) else _written(result))
    except (Exception, SystemExit) as error:
        try:
            return _bounded(f"{type(error).__name__}: {error}")
        except Exception:  # a __str__ of the user's that fails
            return type(error).__name__


def _written(result) -> str:
    """JSON, or what Python writes where JSON has no form for it."""
    try:
        return json.dumps(result, default=lambda v: v.tolist() if hasattr(v, "tolist") else str(v), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # keys that are no text, a list that holds itself
        return str(result)


def _bounded(text: str) -> str:
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}… (cut: the first {LIMIT:,} of {len(text):,} characters)"


def _signature(function: Callable) -> tuple[inspect.Signature, dict]:
    name = getattr(function, "__name__", repr(function))
    try:
        signature = inspect.signature(function)
        hints = typing.get_type_hints(function)
    except (TypeError, ValueError, NameError, AttributeError, SyntaxError) as error:
        raise OptionError(f"the signature of {name} cannot be read: {error}.",
                          "Give a plain function whose annotations exist.") from None
    return signature, hints


def _property(hint, parameter: inspect.Parameter, note: str | None, where: str) -> dict:
    found = _type(hint, where)
    if note:
        found["description"] = note
    if parameter.default is not parameter.empty and parameter.default is not None:
        default = parameter.default.value if isinstance(parameter.default, enum.Enum) else parameter.default
        if isinstance(default, str | int | float | list | dict) and _is_json(default):
            found["default"] = default
    return found


def _is_json(value) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _type(hint, where: str) -> dict:
    """JSON schema of one annotation."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint in (typing.Any, inspect.Parameter.empty, object):
        return {}
    if origin is typing.Annotated:
        return _type(parts[0], where)
    if origin is typing.Literal or (isinstance(hint, type) and issubclass(hint, enum.Enum)):
        choices = list(parts) if parts else [member.value for member in hint]
        kinds = sorted({_kind(choice) for choice in choices})
        if choices and set(kinds) <= {"string", "integer", "number", "boolean"}:
            return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": choices}
    if origin in (typing.Union, types.UnionType):
        return _union([part for part in parts if part is not type(None)], type(None) in parts, where)
    base = origin or hint
    if isinstance(base, type) and base in _SIMPLE:
        items = {"items": _type(parts[0], where)} if parts and base is list else {}
        return {"type": _SIMPLE[base]} | items
    raise OptionError(f"{where} is annotated with {hint!r}, which JSON does not have.",
                      "Use str, int, float, bool, list, dict, Literal, Enum, Optional or Union.")


def _union(parts: list, nullable: bool, where: str) -> dict:
    kinds = [_type(part, where) for part in parts]
    if len(kinds) == 1:
        found = kinds[0]
    elif all(set(kind) == {"type"} for kind in kinds):
        found = {"type": [kind["type"] for kind in kinds]}
    else:
        found = {"oneOf": kinds}
    return found | ({"nullable": True} if nullable else {})


def _value(value, hint, where: str):
    """`value` as the annotation asks for it: an Enum's member, a float that is whole as an int. _Mismatch otherwise."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _value(value, parts[0], where)
    if origin in (typing.Union, types.UnionType):
        for part in parts:
            try:
                return _value(value, part, where)
            except _Mismatch:
                continue
        raise _Mismatch(f"{where} must be {' or '.join(getattr(p, '__name__', str(p)) for p in parts)}, not {_kind(value)}.")
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        for member in hint:
            if member.value == value and _kind(member.value) == _kind(value):
                return member
        raise _Mismatch(f"{where} must be one of {', '.join(repr(member.value) for member in hint)}.")
    if origin is typing.Literal and not any(value == choice and type(value) is type(choice) for choice in parts):
        raise _Mismatch(f"{where} must be one of {', '.join(map(repr, parts))}.")
    kind = _SIMPLE.get(origin or hint) if isinstance(origin or hint, type) else None
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind and (not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != "boolean")):
        raise _Mismatch(f"{where} must be {kind}, not {_kind(value)}.")
    if kind == "array":
        return [_value(item, parts[0] if parts else typing.Any, f"an item of {where}") for item in value]
    return value


def _kind(value) -> str:
    return _SIMPLE.get(type(value), type(value).__name__)


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of the function, and of each parameter where it follows a common style."""
    head = re.split(r"(?m)^\s*(?:(?:Args|Arguments|Parameters|Returns|Raises|Yields|Examples?|Notes?)\s*:?\s*\n|:\w+.*:)",
                    text, maxsplit=1)[0]
    notes = {m[1]: m[2] for m in re.finditer(r"(?m)^\s*:param\s+(?:[^:\n]*\s)?(\w+)\s*:\s*(.+)$", text)}
    google = re.search(r"(?m)^(?:Args|Arguments|Parameters)\s*:\s*\n((?:[ \t]+.*\n?|\n)*)", text)
    if google:
        block = inspect.cleandoc("\n" + google[1])
        notes |= {m[1]: " ".join(m[2].split()) for m in
                  re.finditer(r"(?m)^(\w+)\s*(?:\([^)\n]*\))?\s*:[ \t]*(.+(?:\n[ \t]+.+)*)", block)}
    numpy = re.search(r"(?m)^Parameters\s*\n-{3,}\s*\n((?:.+\n?)*)", text)
    if numpy:
        notes |= {m[1]: " ".join(m[2].split()) for m in
                  re.finditer(r"(?m)^(\w+)(?:[ \t]*:.*)?\n((?:[ \t]+.+\n?)+)", numpy[1])}
    return head.strip(), notes
