"""The explorer's Python side: what it answers to its page, what it leaves in a notebook, and two lines where something is missing."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

import gptoss_nb as gn
from gptoss_nb import exploring, session
from gptoss_nb.errors import GptossError, NotObservable, OptionError
from gptoss_nb.widgets import answers, source, still
from gptoss_nb.widgets.answers import Answers
from gptoss_nb.widgets.explorer import ExplorerPage, assembled, close

HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "\x1b[31m\u202e\ud800",
           "</details></div><b>", '"onclick="alert(1)', "&lt;b&gt;"]  # fmt: skip


def trace(n_tokens=9, n_layers=3, n_experts=6, n_active=2, tokens=None, **changed) -> gn.Trace:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n_layers, n_tokens, n_experts)).astype(np.float32)
    experts = np.argsort(-logits, axis=-1)[..., :n_active].astype(np.int16)
    weights = np.exp(np.take_along_axis(logits, experts.astype(int), -1))
    fields = {
        "token_ids": np.arange(n_tokens, dtype=np.int32), "tokens": tokens or tuple(f" word{i % 5}" for i in range(n_tokens)),
        "roles": ("user",) * n_tokens, "channels": ("",) * n_tokens, "turns": np.zeros(n_tokens, np.int16),
        "logprobs": np.full(n_tokens, np.nan, np.float32), "generated": np.arange(n_tokens) > n_tokens // 2, "expert_ids": experts,
        "expert_weights": weights / weights.sum(-1, keepdims=True), "router_logits": logits, "badge": {"model": "m", "weights": "w"},
    }  # fmt: skip
    return gn.Trace(**fields | changed)


@pytest.fixture(scope="module")
def model():
    return gn.load("nano")


@pytest.fixture(scope="module")
def reply(model):
    return model.chat("What is 37 + 45?", temperature=0, max_tokens=24)


def answering(explored) -> Answers:
    return Answers(explored._trace, explored._tools(), explored._start)


def test_hello_tells_each_text_once_and_the_pages_the_matrices(monkeypatch):
    monkeypatch.setattr(answers, "PAGE", 4)
    made = trace()
    asked = answering(gn.explore(made))
    told, buffers, figure = asked.ask({"kind": "hello"})
    json.dumps(told, allow_nan=False)
    numbers = np.frombuffer(buffers[0], np.int32)
    assert figure is None and [told["texts"][k] for k in numbers] == [f"␣word{i % 5}" for i in range(9)]
    assert told["start"] == {"token": 8, "layer": 2} and [c["name"] for c in told["colours"]] == ["weight", "margin", "entropy", "overlap"]
    ids, weights, first = [], [], []
    for start in (0, 4, 8):
        page, (a, b, c), _ = asked.ask({"kind": "page", "start": start})
        ids.append(np.frombuffer(a, np.uint8).reshape(3, page["count"], 2))
        weights.append(np.frombuffer(b, np.uint8).reshape(3, page["count"], 2))
        first.append(np.frombuffer(c, np.uint8).reshape(4, 3, page["count"])[0])
    assert np.array_equal(np.concatenate(ids, 1), made.expert_ids)
    assert np.allclose(np.concatenate(weights, 1) / 255, made.expert_weights, atol=1 / 500)
    scale = told["colours"][0]
    back = scale["low"] + (np.concatenate(first, 1) - 1.0) / 254 * (scale["high"] - scale["low"])
    assert np.allclose(back, made.expert_weights[..., 0], atol=1 / 400)


def test_alternatives_that_are_not_there_are_minus_one():
    ids = np.array([[1, -1]] * 9, np.int32)
    made = trace(alternative_ids=ids, alternative_logprobs=np.where(ids < 0, np.nan, -1).astype(np.float32), alternatives=((" a", ""),) * 9)
    told, buffers, _ = answering(gn.explore(made)).ask({"kind": "hello"})
    others = np.frombuffer(buffers[4], np.int32).reshape(9, 2)
    assert told["texts"][others[0, 0]] == "␣a" and (others[:, 1] == -1).all()


def test_many_experts_take_two_bytes_and_a_trace_of_all_experts_has_no_margin():
    told, (ids, *_), _ = answering(gn.explore(trace(n_experts=300))).ask({"kind": "page", "start": 0})
    assert len(ids) == 3 * told["count"] * 2 * 2
    hello, _, _ = answering(gn.explore(trace(n_tokens=1, n_experts=2))).ask({"kind": "hello"})
    assert [c["name"] for c in hello["colours"]] == ["weight", "entropy"]


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_hostile_texts_stay_text():
    texts, badge = tuple(HOSTILE), {"model": HOSTILE[1], "weights": "w", "effort": HOSTILE[0]}
    made = trace(n_tokens=len(HOSTILE), tokens=texts, roles=texts, badge=badge)
    told, _, _ = answering(gn.explore(made)).ask({"kind": "hello"})
    written = json.dumps(told, ensure_ascii=False)
    written.encode()
    assert not {c for c in written if ord(c) < 32 or c in "\u202e\x7f\x9b"}
    made_of = still.bundle(made)
    page = Tags(made_of["text/html"])
    assert {tag for tag, _ in page.found} <= {"div", "img", "details", "summary", "table", "tr", "th", "td"}
    assert {name for _, attributes in page.found for name in attributes} <= {"class", "style", "src", "alt", "scope"}
    assert all(attributes["src"].startswith("data:image/png;base64,") for tag, attributes in page.found if tag == "img")
    assert "<script>" in page.text and not {c for c in made_of["text/plain"] if ord(c) < 32} - {"\n"}


def test_the_still_form_is_small_and_says_what_to_do():
    made = still.bundle(trace(n_tokens=2000, n_layers=24, n_experts=32, n_active=4))
    assert still.AGAIN in made["text/plain"] and still.AGAIN in made["text/html"] and len(made["text/html"]) < 120_000
    assert still.bundle(trace(n_tokens=1))["text/html"].count("<tr>") == 2


def test_static_mode_displays_the_still_form_alone(monkeypatch, reply):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: shown.append(data))
    monkeypatch.setenv("GPTOSS_NB_STATIC", "1")
    gn.explore(reply)._ipython_display_()
    assert [set(data) for data in shown] == [{"text/plain", "text/html"}]


def test_without_the_model_the_trace_answers_and_the_rest_says_what_to_do(model):
    asked = answering(gn.explore(trace()))
    for name in ("experts", "slots", "together", "load", "transitions"):
        told, _, figure = asked.ask({"kind": "figure", "name": name, "layer": 1, "token": 2})
        assert told["text"] and told["table"] and figure.data
    again = {"kind": "again", "edits": ["L0.E1=off"]}
    for question in ({"kind": "parts"}, {"kind": "heads", "layer": 0}, {"kind": "figure", "name": "lens"}, again):
        with pytest.raises(NotObservable, match="the loaded one has other weights.\nRun %gptoss load m in a cell"):
            asked.ask(question)


def test_a_model_that_made_another_trace_is_refused(model, reply):
    with pytest.raises(OptionError, match="did not make this trace"):
        gn.explore(trace(), model=model)
    with pytest.raises(OptionError, match="did not make this trace"):
        gn.explore(reply, model="nano")
    for wrong, told in (({"token": 10**6}, "no token"), ({"layer": -1}, "no layer")):
        with pytest.raises(OptionError, match=told):
            gn.explore(reply, model=model, **wrong)
    with pytest.raises(OptionError, match="no trace but str"):
        gn.explore("reply")


def test_the_model_is_found_when_it_is_loaded_later(monkeypatch, model, reply):
    asked = answering(gn.explore(reply))
    monkeypatch.setattr(session, "current", lambda: None)
    with pytest.raises(NotObservable, match="none is loaded"):
        asked.ask({"kind": "parts"})
    monkeypatch.undo()
    assert asked.ask({"kind": "parts"})[0]["heads"] == model.config.n_heads


def test_heads_are_thumbnails_with_their_sinks(model, reply):
    told, (pictures,), _ = answering(gn.explore(reply)).ask({"kind": "heads", "layer": 1})
    found = model.attention(reply.trace, 1, pool=64)
    side, window = told["side"], model.config.sliding_windows[1]
    pictures = np.frombuffer(pictures, np.uint8).reshape(model.config.n_heads, side, side)
    assert pictures.shape == found.pattern.shape and told["window"] == window
    assert np.allclose((pictures / 255) ** 2, found.pattern, atol=1 / 200)
    assert np.allclose(told["sinks"], found.sink_mass.mean(1), atol=1e-3)


def test_run_again_marks_what_differs(model, reply):
    layer_off = [f"L{layer:02d}.H{head:02d}=0" for layer in range(2) for head in range(model.config.n_heads)]
    told, _, figure = answering(gn.explore(reply)).ask({"kind": "again", "edits": layer_off})
    first, second = "".join(t for t, _ in told["first"]), "".join(t for t, _ in told["second"])
    assert first == "".join(reply.trace.tokens[i] for i in np.flatnonzero(reply.trace.generated)) and first != second
    assert any(differs for _, differs in told["second"]) and "Temperature 0" in told["note"] and figure.data
    with pytest.raises(GptossError, match="no edit"):
        answering(gn.explore(reply)).ask({"kind": "again", "edits": []})


def test_differences_are_those_of_the_tokens():
    a = trace(token_ids=np.array([0, 0, 0, 0, 0, 1, 2, 3, 4], np.int32))
    b = trace(token_ids=np.array([0, 0, 0, 0, 0, 1, 3, 4, 5], np.int32))
    first, second = answers._marked(a, b)
    assert [differs for _, differs in first] == [False, True, False, False]
    assert [differs for _, differs in second] == [False, False, False, True]


def test_a_rerun_is_the_reply_again_and_chance_gets_a_seed(model, reply):
    again = model.rerun(reply.trace)
    assert again.token_ids.tolist() == reply.trace.token_ids.tolist() and again.badge == reply.trace.badge
    seeded = model.chat("Name a colour.", seed=5, max_tokens=8, temperature=1.5, top_k=50)
    assert model.rerun(seeded.trace).token_ids.tolist() == seeded.trace.token_ids.tolist()
    by_chance = model.chat("Name a colour.", max_tokens=8)
    made = session.again(model, by_chance.trace, "L0.E1=off")
    assert made.first.badge["seed"] == made.second.badge["seed"] == 0 and "seed 0" in made.note
    only_read = session.again(model, model.trace("2 + 2"), "L0.E1=off")
    assert only_read.second is None and only_read.after.badge["edits"]
    with pytest.raises(OptionError, match="holds no reply"):
        model.rerun(model.trace("2 + 2"))


class Heard:
    """A page without a front end: what it sends is kept."""

    def __init__(self, explored, monkeypatch):
        self.page = ExplorerPage(explored._trace, explored._tools(), explored._start)
        self.sent = []
        monkeypatch.setattr(type(self.page), "send", lambda _, content, buffers=None: self.sent.append(content))

    def ask(self, question) -> dict:
        self.page._handle_custom_msg(question, [])
        return self.sent[-1]


def test_every_question_is_answered(monkeypatch, caplog):
    heard = Heard(gn.explore(trace()), monkeypatch)
    assert heard.ask({"id": "a1", "kind": "hello"})["id"] == "a1"
    assert heard.ask({"id": "a2", "kind": "figure", "name": "load"})["rows"] and len(heard.page.figure.outputs) == 1
    assert "image/png" not in heard.page.figure.outputs[0]["data"]
    assert heard.ask({"id": "a3", "kind": "parts"})["error"][1].startswith("Run %gptoss load m") and heard.page.figure.outputs == ()
    figures = {"kind": "figure", "name": "explorer"}, {"kind": "figure", "name": "slots", "token": 99}
    for wrong in ({"kind": "__init__"}, {"kind": None}, {"kind": "page", "start": -1}, *figures):
        assert len(heard.ask({"id": "b", **wrong})["error"]) == 2
    monkeypatch.setattr(Answers, "ask", lambda *_: 1 / 0)
    assert heard.ask({"id": "c", "kind": "hello"})["error"][0] == "ZeroDivisionError: division by zero"
    assert "Traceback" in caplog.text  # in the kernel's log


def test_nothing_of_the_trace_is_in_the_state(monkeypatch):
    heard = Heard(gn.explore(trace(tokens=("secret",) * 9)), monkeypatch)
    heard.ask({"id": "a", "kind": "hello"})
    assert "secret" not in str(heard.page.get_state())
    box = assembled(heard.page)
    parts = [box, *box.children, box.layout, *(child.layout for child in box.children)]
    close(box)
    assert all(part.comm is None for part in parts)


def test_an_explorer_of_the_cells_earlier_run_is_closed():
    def shell(run, cell="c"):
        header = {"header": {"msg_id": run}, "metadata": {"cellId": cell}}
        return type("Shell", (), {"get_parent": lambda self: header})()

    boxes = [assembled(ExplorerPage(explored._trace, explored._tools())) for explored in [gn.explore(trace())] * 4]
    for run, box in zip(["1", "1", "2", "2"], boxes, strict=True):
        exploring._keep(shell(run), box)
    assert [box.comm is None for box in boxes] == [True, True, False, False]
    for box in boxes[2:]:
        close(box)
    exploring._shown.clear()


def test_scripts_never_read_text_as_html():
    script, style = ExplorerPage._esm, source.style("explorer")
    text = str(getattr(script, "default_value", script))
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http:", "https:", "import(", "src="):
        assert forbidden not in text, forbidden
    assert "url(" not in style and "@import" not in style


def test_view_explorer(model, reply):
    from gptoss_nb.options import parse_command
    from gptoss_nb.pictures import picture

    _, options = parse_command("view explorer --token -2 --layer 1")
    explored = picture("explorer", reply, options)
    assert explored._start == {"token": len(reply.trace) - 2, "layer": 1}
    assert "first expert" in repr(explored) and still.AGAIN in repr(explored)  # a terminal shows this
