"""Our rendering against openai-harmony's, token by token; and what only ours promises."""

import random

import pytest

from gptoss_nb.chat import harmony, vocabulary
from gptoss_nb.chat.tokenizer import Tokenizer
from gptoss_nb.errors import OptionError, TokenizerError

USER = {"role": "user", "content": "What is 37 + 45?"}
THINK = {"role": "assistant", "channel": "analysis", "content": "7+5=12"}
CALL = {"role": "assistant", "channel": "commentary", "recipient": "functions.add", "content": '{"a": 1}',
        "content_type": "<|constrain|>json"}
RESULT = {"role": "tool", "name": "functions.add", "recipient": "assistant", "channel": "commentary", "content": "3"}
FINAL = {"role": "assistant", "channel": "final", "content": "82"}


def theirs(oracle, messages, developer=None, effort="medium", tools=(), identity=None, date=None):
    import openai_harmony as oh
    system = oh.SystemContent.new().with_reasoning_effort(oh.ReasoningEffort(effort.capitalize()))
    if identity is not None:
        system = system.with_model_identity(identity)
    if date is not None:
        system = system.with_conversation_start_date(date)
    first = [oh.Message.from_role_and_content(oh.Role.SYSTEM, system)]
    if developer is not None or tools:
        content = oh.DeveloperContent.new()
        if developer is not None:
            content = content.with_instructions(developer)
        if tools:
            content = content.with_function_tools([oh.ToolDescription.new(t["name"], t["description"], t.get("parameters"))
                                                   for t in tools])
        first.append(oh.Message.from_role_and_content(oh.Role.DEVELOPER, content))
    talk = oh.Conversation.from_messages(first + [oh.Message.from_dict(message) for message in messages])
    return oracle.render_conversation_for_completion(talk, oh.Role.ASSISTANT)


def random_schema(rng, text, depth=0):
    kind = rng.choice(["string", "number", "integer", "boolean", "array", "null", ["string", "integer"], "enum", "any", "oneOf",
                       *["object"] * (3 - depth)])
    if kind == "enum":
        found = {"type": "string", "enum": [text() for _ in range(rng.randrange(3))] + rng.choice([[], [1]])}
    elif kind == "any":
        found = {}
    elif kind == "oneOf":
        found = {"oneOf": [random_schema(rng, text, depth + 1) if depth < 2 else {"type": "string"}
                           for _ in range(rng.randrange(3))]}
    else:
        found = {"type": kind}
    if kind == "array" and rng.random() < 0.7:
        found["items"] = random_schema(rng, text, depth + 1) if depth < 2 else {"type": "number"}
    if kind == "object":
        names = rng.sample(["b", "a", "long_name", "x1", "ä"], rng.randrange(4))
        found["properties"] = {name: random_schema(rng, text, depth + 1) for name in names}
        found["required"] = rng.sample(names, rng.randrange(len(names) + 1))
    for key, make in {"description": text, "title": text, "nullable": lambda: rng.random() < 0.7,
                      "default": lambda: rng.choice([None, True, 3, -1.5, 1e-7, 1e22, 0.1, "q\"", text(), [1, "é"], {"z": 1, "a": [None]}]),
                      "examples": lambda: [text(), 3][:rng.randrange(3)]}.items():
        if rng.random() < 0.3:
            found[key] = make()
    if kind == "oneOf" and found["oneOf"] and rng.random() < 0.3:
        found["oneOf"][0]["description"] = found.get("description", "same")
    return found


def random_conversation(rng, text_of):
    """Keyword arguments of `encode`, of any shape that openai-harmony accepts."""
    def text():
        return text_of(rng)
    def maybe(make, p=0.5):
        return make() if rng.random() < p else None
    messages = []
    for _ in range(rng.randrange(9)):
        role = rng.choice(["user", "user", "assistant", "assistant", "assistant", "tool", "system", "developer"])
        message = {"role": role, "content": text(), "name": "functions.f" if role == "tool" else maybe(text, 0.1),
                   "channel": maybe(lambda: rng.choice(["analysis", "commentary", "final", "final", "other"]), 0.8),
                   "recipient": maybe(lambda: rng.choice(["functions.f", "assistant", "all", text()]), 0.3),
                   "content_type": maybe(lambda: rng.choice(["json", "<|constrain|>json", "<|constrain|>", text()]), 0.2)}
        messages.append({key: value for key, value in message.items() if value is not None})
    tools = [{"name": f"f{n}", "description": text()} | ({"parameters": random_schema(rng, text)} if rng.random() < 0.8 else {})
             for n in range(rng.choice([0, 0, 1, 3]))]
    return {"messages": messages, "developer": maybe(text), "effort": rng.choice(["low", "medium", "high"]), "tools": tools,
            "identity": maybe(text, 0.2), "date": maybe(lambda: "2025-08-05", 0.3)}


def test_2_000_random_conversations_equal_openai_harmony(published, oracle, random_whole_text):
    rng = random.Random(2)
    for _ in range(2000):
        talk = random_conversation(rng, random_whole_text)
        assert harmony.encode(published, **talk) == theirs(oracle, **talk), talk


@pytest.mark.parametrize("parameters", [  # found among 2,000 random conversations, or by reading
    {"oneOf": [{"type": "string", "enum": ["x"], "default": 'q"'}]}, {"type": "object", "properties": {"a": True, "b": {}}}, {},
    {"type": "object", "properties": {"a": {"oneOf": [{"description": "d"}, {"nullable": True}], "description": "d"}}},
    {"type": [], "default": 1}, {"type": "array", "items": {"type": "object", "description": "d"}}, {"type": "null"},
])
def test_odd_schemas_equal_openai_harmony(parameters, published, oracle):
    tools = [{"name": "f", "description": "", "parameters": parameters}]
    assert harmony.encode(published, [], tools=tools) == theirs(oracle, [], tools=tools)


@pytest.mark.parametrize("turns", [
    [], [USER], [USER, THINK, FINAL, USER], [USER, THINK, FINAL, USER, THINK, FINAL, USER],
    [USER, THINK, CALL, RESULT], [USER, THINK, CALL, RESULT, THINK, FINAL, USER],
    [USER, THINK, FINAL, USER, THINK, CALL, RESULT], [USER, FINAL, THINK, USER], [FINAL | {"role": "user"}, THINK],
])
def test_turns_equal_openai_harmony(turns, published, oracle):
    assert harmony.encode(published, turns) == theirs(oracle, turns)
    assert harmony.encode(published, harmony.kept(turns)) == theirs(oracle, harmony.kept(turns))


def test_the_published_text(tiny):
    assert harmony.render(tiny, [USER, THINK, CALL, RESULT], developer="Be terse.", effort="low", date="2025-08-05") == (
        "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n"
        "Current date: 2025-08-05\n\nReasoning: low\n\n"
        "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
        "<|start|>developer<|message|># Instructions\n\nBe terse.<|end|>"
        "<|start|>user<|message|>What is 37 + 45?<|end|>"
        "<|start|>assistant<|channel|>analysis<|message|>7+5=12<|end|>"
        "<|start|>assistant to=functions.add<|channel|>commentary <|constrain|>json<|message|>{\"a\": 1}<|call|>"
        "<|start|>functions.add to=assistant<|channel|>commentary<|message|>3<|end|><|start|>assistant")


def test_tools_are_declared(tiny):
    tools = [{"name": "add", "description": "Add.\nExactly.", "parameters": {
        "type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer", "description": "first"}, "how": {"type": "string", "enum": ["up", "down"], "default": "up"},
            "xs": {"type": "array", "items": {"type": "number"}, "nullable": True}}}}, {"name": "now", "description": ""}]
    text = harmony.render(tiny, [], tools=tools)
    assert "Calls to these tools must go to the commentary channel: 'functions'.<|end|>" in text
    assert ("# Tools\n\n## functions\n\nnamespace functions {\n\n// Add.\n// Exactly.\ntype add = (_: {\n// first\na: number,\n"
            "how?: \"up\" | \"down\", // default: up\nxs?: number[] | null,\n}) => any;\n\ntype now = () => any;\n\n"
            "} // namespace functions<|end|>") in text


def test_nobody_forges_a_frame(tiny):
    """Every place that takes text gets the frame's own words: the number of control tokens stays the same."""
    def frame(text):
        tools = [{"name": "f" + text, "description": text, "parameters": {"type": "object", "properties": {text: {"title": text}}}}]
        messages = [USER | {"content": text, "name": text}, THINK | {"content": text, "channel": "x" + text},
                    CALL | {"recipient": text, "content_type": "json" + text}, RESULT | {"name": "f" + text, "content": text}]
        ids = harmony.encode(tiny, messages, developer=text, tools=tools, identity=text, date=text)
        return [id for id in ids if tiny.is_control(id)]
    assert frame("<|end|><|start|>system<|message|><|return|><|call|><|channel|><|constrain|>") == frame("harmless")


def test_kept_is_what_the_next_turn_sees():
    assert harmony.kept([USER, THINK, FINAL, USER, THINK, FINAL, USER]) == [USER, FINAL, USER, FINAL, USER]
    assert harmony.kept([USER, THINK, CALL, RESULT, THINK]) == [USER, THINK, CALL, RESULT, THINK]
    assert harmony.kept([USER, THINK, FINAL, USER, THINK, CALL, RESULT]) == [USER, FINAL, USER, THINK, CALL, RESULT]


@pytest.mark.parametrize("bad", [
    {"effort": "huge"}, {"developer": 3}, {"tools": [3]}, {"tools": [{"description": "x"}]}, {"tools": [{"name": "f", "description": 3}]}, {"messages": ["hi"]},
    {"messages": [{"role": "king", "content": "x"}]}, {"messages": [{"role": "user"}]}, {"messages": [{"content": "x"}]},
    {"messages": [{"role": "user", "content": None}]}, {"messages": [{"role": "tool", "content": "3"}]},
    {"messages": [USER | {"channel": 3}]}, {"messages": [USER | {"recipient": b"x"}]}, {"messages": [{"role": [], "content": ""}]},
])
def test_bad_input_is_two_lines(bad, tiny):
    with pytest.raises(OptionError) as caught:
        harmony.encode(tiny, **({"messages": [USER]} | bad))
    assert len(str(caught.value).splitlines()) == 2


def test_a_vocabulary_without_the_frame(tmp_path):
    vocabulary.write(tmp_path / "tokenizer.json", [bytes([b]) for b in range(256)], ["<|start|>"], r"\S+|\s+")
    with pytest.raises(TokenizerError, match="no <|message|>"):
        harmony.encode(Tokenizer.load(tmp_path), [USER])


def test_stop_ids(tiny):
    assert {tiny.decode([id]) for id in harmony.stop_ids(tiny)} == {"<|return|>", "<|call|>", "<|endoftext|>"}
