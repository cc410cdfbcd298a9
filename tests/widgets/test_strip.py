"""The strip of a saved cell: every token with what is known of it, small enough, and never a tag of the model's."""

import base64
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gptoss_nb.trace import Trace
from gptoss_nb.widgets.draft import Draft
from gptoss_nb.widgets.forms import bundle
from gptoss_nb.widgets.strip import MOST, shown, strip

from .test_forms import HOSTILE, Page


def trace(texts: list[str], asked: int = 0, n_layers: int = 4, n_experts: int = 16, seed: int = 0) -> Trace:
    """The first `asked` tokens are a user's message, the others were generated."""
    rng, n = np.random.default_rng(seed), len(texts)
    logits = rng.normal(size=(n_layers, n, n_experts)).astype(np.float32)
    ids = np.argsort(-logits, axis=-1)[..., :4].astype(np.int16)
    weights = np.sort(rng.dirichlet(np.ones(4), (n_layers, n)), axis=-1)[..., ::-1].astype(np.float32)
    generated = np.arange(n) >= asked
    others = np.tile(np.arange(1, 6, dtype=np.int32), (n, 1))
    return Trace(
        token_ids=np.zeros(n, np.int32), tokens=tuple(texts), roles=tuple("assistant" if g else "user" for g in generated),
        channels=tuple("final" if g else "" for g in generated), turns=generated.astype(np.int16), generated=generated,
        logprobs=np.where(generated, -0.1, np.nan).astype(np.float32), expert_ids=ids, expert_weights=weights, router_logits=logits, badge={},
        alternative_ids=others, alternative_logprobs=np.full((n, 5), -2.0, np.float32), alternatives=(tuple(texts[:1] * 5),) * n,
    )  # fmt: skip


def saved(made: Trace) -> dict[str, str]:
    draft = Draft()
    stats = SimpleNamespace(generated_tokens=int(made.generated.sum()), decode_seconds=1.0, finish="stop")
    text = "".join(t for t, g in zip(made.tokens, made.generated.tolist(), strict=True) if g)
    draft.complete(SimpleNamespace(text=text, thinking=text, stopped=False, stats=stats, trace=made))
    return bundle(draft, ["nano"])


WORDS = [" the", " model", " looks", " at", " every", " expert", ",", " und", " Straßen", " 語", "\n", ' "x"', " &", " <b>"]


@pytest.mark.parametrize("n_layers, n_experts", [(4, 16), (24, 32), (36, 128)])
def test_three_hundred_tokens_stay_under_300_kb(n_layers, n_experts):
    made = saved(trace([WORDS[k % len(WORDS)] for k in range(300)], 40, n_layers, n_experts))
    assert len(json.dumps(made)) < 300_000
    page = Page(made["text/html"])
    assert "300 tokens" in page.text and "L00" in page.text


def test_a_token_tells_chance_alternatives_and_experts():
    made = trace([" What", " is", " it", "82", "."], 3)
    page = strip(made)
    ids, weights = made.expert_ids[:, 3].tolist(), made.expert_weights[:, 3].tolist()
    for layer in range(4):
        told = ", ".join(f"E{e:02d} {w:.0%}" for e, w in zip(ids[layer], weights[layer], strict=True))
        assert f"L{layer:02d} {told}" in page
    assert "3: 82, 90.5%" in page and "or ␣What 13.5%" in page
    assert shown(made) == [0, 1, 2, 3, 4]


def test_the_picture_has_a_column_a_token_and_a_row_a_layer():
    made = trace(["a"] * 20, 5)
    png = base64.b64decode(strip(made).partition("base64,")[2].partition('"')[0])
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    assert image.shape == (4 * 6, 20 * 8, 3)
    brightness, weights = image.sum(-1)[3::6, 4::8], made.expert_weights[..., 0]
    order = np.argsort(weights.ravel())
    assert (np.diff(brightness.ravel()[order]) >= -3).all()  # the colours rise with the weight, but for rounding


def test_the_last_question_alone_and_no_more_than_can_be_read():
    made = trace(["x"] * 1000, 10)
    assert len(shown(made)) == MOST and f"{MOST} tokens" in strip(made)
    assert strip(trace(["a", "b"], 2)) == ""  # nothing was generated


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tokens_stay_text(name):
    made = saved(trace([HOSTILE[name], HOSTILE[name].encode("utf-8", "replace").decode()[:40], "x"], 1))
    page = Page(made["text/html"])
    for form in made.values():
        form.encode()
        assert not {c for c in form if ord(c) < 32 or 0x7F <= ord(c) < 0xA0} - {"\n", "\t"}
    assert page.text


def test_a_lookalike_of_a_control_token_is_text():
    assert "&lt;|img src=x|&gt;" in strip(trace(["q", "<|img src=x|>"], 1))
