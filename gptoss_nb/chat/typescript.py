"""A JSON schema as the TypeScript-like type in which harmony shows functions to a model.

`harmony` calls `namespace`. The text is exactly what the models were trained on, spacing and commas included (source:
openai/harmony, `render_conversation_for_completion`; the tests compare). It must not know tokens.
"""

import json
import re
from collections.abc import Iterable

_SCALARS = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}


def namespace(tools: Iterable[dict], name: str = "functions") -> str:
    """The section of the developer message that declares `tools`, dicts of name, description and maybe parameters."""
    lines = [f"## {name}\n", f"namespace {name} {{\n"]
    for tool in tools:
        lines += [f"// {line}" for line in _lines(tool.get("description") or "")]
        parameters = tool.get("parameters")
        takes = "()" if parameters is None else f"(_: {type_text(parameters)})"
        lines.append(f"type {tool['name']} = {takes} => any;\n")
    return "\n".join(["# Tools\n", *lines, f"}} // namespace {name}"])


def type_text(schema: dict, indent: str = "") -> str:
    """The type of one schema; what is not understood is `any`."""
    variants, kind = _get(schema, "oneOf"), _get(schema, "type")
    if isinstance(variants, list):
        return "".join(f"\n{indent} | {_nullable(v, indent + '   ')}{_trailing(_text(v, 'description'), _default(v))}"
                       for v in variants)
    if isinstance(kind, list) and (kinds := [k for k in kind if isinstance(k, str)]):
        return " | ".join("number" if k == "integer" else k for k in kinds)
    if kind == "object":
        return _object(schema, indent)
    if kind == "array":
        return f"{type_text(schema['items'], indent)}[]" if "items" in schema else "Array<any>"
    if kind == "string" and (choices := [f'"{c}"' for c in _listed(schema, "enum") if isinstance(c, str)]):
        return " | ".join(choices)
    return _SCALARS.get(kind, "any") if isinstance(kind, str) else "any"


def _object(schema: dict, indent: str) -> str:
    about = _text(schema, "description")
    required = [name for name in _listed(schema, "required") if isinstance(name, str)]
    fields = _get(schema, "properties")
    body = "".join(_field(name if name in required else f"{name}?", field, indent)
                   for name, field in (fields.items() if isinstance(fields, dict) else ()))
    return ("" if about is None else f"{indent}// {about}\n") + f"{{\n{body}{indent}}}"


def _field(name: str, field: dict, indent: str) -> str:
    """One property: comments above it, name and type, its default in a comment behind it."""
    above, about = [], _text(field, "description")
    variants = _get(field, "oneOf")
    if (title := _text(field, "title")) is not None:
        above += [f"// {title}", "//"]
    if about is not None and "oneOf" not in _keys(field):
        above.append(f"// {about}")
    if examples := _listed(field, "examples"):
        above += ["// Examples:", *(f'// - "{example}"' for example in examples if isinstance(example, str))]
    if isinstance(variants, list):
        return "".join(f"{indent}{line}\n" for line in above) + _choice(name, field, variants, indent)
    default = "" if "oneOf" in _keys(field) else _trailing(_default(field, bare=True))
    return "".join(f"{indent}{line}\n" for line in above) + \
        f"{indent}{name}: {_nullable(field, indent + '    ')},{default}\n"


def _choice(name: str, field: dict, variants: list, indent: str) -> str:
    """A property that is one of several types, a line each; a description is not said twice."""
    about, lines = _text(field, "description"), []
    said = about is not None and not (variants and _text(variants[0], "description") == about)
    if said:
        lines.append(f"// {about}")
    if default := _default(field, bare=True):
        lines.append(f"// {default}")
    lines.append(f"{name}:")
    for n, variant in enumerate(variants):
        note = _text(variant, "description")
        note = None if note == about or (said and n == 0) else note
        lines.append(f" | {_nullable(variant, indent + '   ')}{_trailing(note, _default(variant, bare=True))}")
    return "".join(f"{indent}{line}\n" for line in [*lines, ","])


def _nullable(schema: dict, indent: str) -> str:
    text = type_text(schema, indent)
    return f"{text} | null" if _get(schema, "nullable") is True and "null" not in text else text


def _default(schema: dict, bare: bool = False) -> str | None:
    """`default: ...`; the default of an enumeration stands without quotes where `bare`."""
    if "default" not in _keys(schema):
        return None
    value = schema["default"]
    if isinstance(value, str) and not _listed(schema, "enum"):
        return f'default: "{value}"'
    if isinstance(value, str) and bare:
        return f"default: {value}"
    if isinstance(value, float):  # 1e-7, where Python writes 1e-07
        return "default: " + re.sub(r"e([+-])0?", lambda m: "e" + m[1].strip("+"), repr(value))
    return "default: " + json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _trailing(*notes: str | None) -> str:
    said = [note for note in notes if note is not None]
    return f" // {' '.join(said)}" if said else ""


def _keys(schema) -> dict:
    return schema if isinstance(schema, dict) else {}


def _get(schema, key: str):
    return _keys(schema).get(key)


def _text(schema, key: str) -> str | None:
    value = _get(schema, key)
    return value if isinstance(value, str) else None


def _listed(schema, key: str) -> list:
    value = _get(schema, key)
    return value if isinstance(value, list) else []


def _lines(text: str) -> list[str]:
    """Lines end at line feeds alone, with or without a carriage return before them."""
    *whole, last = text.split("\n")
    return [line.removesuffix("\r") for line in whole] + ([last] if last else [])
