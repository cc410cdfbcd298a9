"""Every view: a small Figure with a text twin, values as bytes that map back, hostile tokens escaped, and two lines for what is not there."""

import base64
import io
import json
import sys

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

import gptoss_nb as gn
from gptoss_nb.errors import GptossError
from gptoss_nb.views import theme
from gptoss_nb.views.png import png

HOSTILE = "<img src=x onerror=alert(1)>"
L, T, E, A, H = 24, 1000, 32, 4, 64


def trace(n_tokens: int = T, n_layers: int = L, n_experts: int = E, n_active: int = A, tokens=None, **changed) -> gn.Trace:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n_layers, n_tokens, n_experts)).astype(np.float32)
    experts = np.argsort(-logits, axis=-1)[..., :n_active].astype(np.int16)
    weights = np.exp(np.take_along_axis(logits, experts.astype(int), -1))
    fields = {
        "token_ids": rng.integers(0, 300, n_tokens).astype(np.int32), "tokens": tokens or tuple(f" word{i % 300}" for i in range(n_tokens)),
        "roles": ("user",) * n_tokens, "channels": ("",) * n_tokens, "turns": np.zeros(n_tokens, np.int16),
        "logprobs": -rng.exponential(1, n_tokens).astype(np.float32), "generated": np.zeros(n_tokens, bool), "expert_ids": experts,
        "expert_weights": weights / weights.sum(-1, keepdims=True), "router_logits": logits, "badge": {},
        "alternative_ids": np.tile(np.arange(5, dtype=np.int32), (n_tokens, 1)), "alternative_logprobs": np.full((n_tokens, 5), -1.5, np.float32),
        "alternatives": ((" one", " two", "\n", "", "…"),) * n_tokens,
    }  # fmt: skip
    return gn.Trace(**(fields | changed))


BIG = trace()
HOSTILE_TRACE = trace(12, 4, 8, 2, tokens=(HOSTILE,) * 11 + ('"\'&amp;\x00\u202e\n',), alternatives=((HOSTILE,) * 5,) * 12)


def patterns(rows=None, pooled=False, n=T):
    from gptoss_nb.inside.recorder import Attention

    rows = range(n) if rows is None else rows
    pattern = np.random.default_rng(0).random((H, len(rows), len(rows) if pooled else n)).astype(np.float32) / n
    return Attention(pattern, np.full((H, len(rows)), 0.2, np.float32), tuple(range(H)), tuple(rows), pooled)


def summary():
    from gptoss_nb.inside.heads import NAMES, HeadSummary

    rng = np.random.default_rng(0)
    windows = tuple(128 if layer % 2 == 0 else None for layer in range(L))
    even = HeadSummary(**{name: np.full((L, 1), 0.1, np.float32) for name in NAMES}, windows=windows)
    return HeadSummary(**{name: rng.random((L, H)).astype(np.float32) for name in NAMES}, windows=windows, even=even)


def lens(n_rows=60):
    from gptoss_nb.inside.lens import Lens

    rng, ids = np.random.default_rng(0), np.arange(5, dtype=np.int32)
    shape = (L, n_rows)
    return Lens(tuple(range(n_rows)), np.broadcast_to(ids, (*shape, 5)), np.full((*shape, 5), 0.2, np.float32), np.zeros(n_rows, np.int32),
                np.full(shape, 0.2, np.float32), np.zeros(n_rows, np.int32), np.full(shape, 0.2, np.float32), rng.random(shape).astype(np.float32))  # fmt: skip


def attribution():
    from gptoss_nb.inside.attribution import Attribution

    rng = np.random.default_rng(0)
    return Attribution(7, 3, 1.0, 0.5, rng.normal(size=(L, H)), np.zeros(L), rng.normal(size=(L, A)), BIG.expert_ids[:, 7], np.eye(L)[0])


def decode(ids):
    return HOSTILE if ids == [3] else f"t{ids[0]}"


VIEWS = {
    "routing_map": lambda t: gn.views.routing_map(t),
    "routing_map by margin": lambda t: gn.views.routing_map(t, "margin"),
    "routing_map by entropy": lambda t: gn.views.routing_map(t, "entropy"),
    "routing_map by overlap": lambda t: gn.views.routing_map(t, "overlap"),
    "routing_slots": lambda t: gn.views.routing_slots(t, 11),
    "routing_experts": lambda t: gn.views.routing_experts(t, 1),
    "expert_load": lambda t: gn.views.expert_load(t),
    "coactivation": lambda t: gn.views.coactivation(t, 2),
    "transitions": lambda t: gn.views.transitions(t),
    "specialisation": lambda t: gn.views.specialisation(t, [HOSTILE, "b", "c"] * (len(t) // 3) + ["b"] * (len(t) % 3), 1),
    "expert_text": lambda t: gn.views.expert_text(t, 1, 2),
    "expert_text of two": lambda t: gn.views.expert_text(t, 1, [2, 5]),
    "logprobs": lambda t: gn.views.logprobs(t),
    "compare": lambda t: gn.views.compare(t, t),
}
OTHERS = {
    "head_map": lambda: gn.views.head_map(summary()),
    "head_mosaic": lambda: gn.views.head_mosaic(patterns(range(0, 960, 15), pooled=True), 8),
    "attention": lambda: gn.views.attention(patterns(n=300), trace(300), 5),
    "attention of 1000": lambda: gn.views.attention(patterns(), BIG, 5),
    "attention, pooled": lambda: gn.views.attention(patterns(range(0, 960, 15), pooled=True), BIG, 5),
    "attention_row": lambda: gn.views.attention_row(patterns([700]), BIG, 700),
    "lens": lambda: gn.views.lens(lens(), BIG, decode),
    "norms": lambda: gn.views.norms(lens(), BIG),
    "attribution": lambda: gn.views.attribution(attribution(), decode),
}


def sound(figure) -> str:
    """What holds of every view; returns its JSON."""
    assert isinstance(figure, go.Figure)
    text = figure.to_json()
    assert len(text) < 1_000_000
    assert "http" not in text and "<img" not in text
    sentence, *table = gn.views.twin(figure).split("\n")
    assert sentence.endswith(".") and len(sentence) > 20 and len(table) >= 2
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"  # light and dark shine through
    return text


@pytest.mark.parametrize("name", VIEWS)
def test_of_a_thousand_tokens(name):
    sound(VIEWS[name](BIG))


@pytest.mark.parametrize("name", OTHERS)
def test_of_what_was_recomputed(name):
    sound(OTHERS[name]())


@pytest.mark.parametrize("name", VIEWS)
def test_hostile_tokens_are_no_html(name):
    text = sound(VIEWS[name](HOSTILE_TRACE))
    assert "\\u202e" not in text and "\\u0000" not in text
    assert "<img" not in json.dumps({k: v for k, v in VIEWS[name](HOSTILE_TRACE)._repr_mimebundle_().items() if k != "text/plain"})


WORDS = {"short": " word", "long": " implementation", "Chinese": "机器学习模型的内部结构", "spaces": " " * 16}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("name", VIEWS)
def test_a_saved_notebook_grows_little(name, word):
    """Up to 300 tokens a figure is less than 300 KB, picture and twin included, and of 1000 its JSON is less than 1 MB."""
    assert len(json.dumps(VIEWS[name](trace(300, tokens=(word,) * 300))._repr_mimebundle_())) < 300_000
    assert len(VIEWS[name](trace(tokens=(word,) * T)).to_json()) < 1_000_000


@pytest.mark.parametrize("n", [100, 150, 199, 220, 300])
def test_a_saved_pattern_is_small(n):
    assert len(json.dumps(gn.views.attention(patterns(n=n), trace(n), 5)._repr_mimebundle_())) < 300_000
    assert len(json.dumps(gn.views.attention_row(patterns([n - 1], n=n), trace(n), n - 1)._repr_mimebundle_())) < 300_000


def test_a_saved_lens_is_small():
    assert len(json.dumps(gn.views.lens(lens(120), BIG, decode)._repr_mimebundle_())) < 300_000


def test_every_name_on_an_axis_is_there_once():
    """Plotly takes two equal names for one place."""
    same = trace(40, 4, 8, 2, tokens=(" the",) * 40)
    for view in ("routing_map", "routing_experts", "compare"):
        assert len(set(VIEWS[view](same).data[0].x)) == 40
    twice = patterns([3, 3, 1], n=40)
    heat = gn.views.attention(twice, same, 5).data[0]
    assert len(set(heat.y)) == 3 and len(set(heat.x)) == 42
    assert len(set(gn.views.specialisation(same, ["a" * 30 + str(k % 3) for k in range(40)], 0).data[0].y)) == 3


def test_a_reply_is_taken_for_its_trace():
    class Reply:
        trace = BIG

    assert gn.views.routing_slots(Reply, 5).to_json() == gn.views.routing_slots(BIG, 5).to_json()


def test_a_figure_changed_by_hand_still_shows():
    figure = gn.views.routing_map(trace(9, 2, 8, 2))
    figure.add_histogram(x=[1, 2, 2])
    bundle = figure._repr_mimebundle_()
    assert "image/png" not in bundle and "no still picture" in bundle["text/plain"] and bundle["application/vnd.plotly.v1+json"]


def test_small_ranges_have_their_digits():
    heat = theme.heat(np.array([[0.0, 0.004]]), 0, 0.004)
    assert len(set(heat.colorbar.ticktext)) == 5


def values(heat) -> np.ndarray:
    """The bytes of a heatmap."""
    z = json.loads(go.Figure(heat).to_json())["data"][0]["z"]
    assert z["dtype"] == "u1"
    return np.frombuffer(base64.b64decode(z["bdata"]), np.uint8).reshape([int(n) for n in z["shape"].split(",")])


@pytest.mark.parametrize("root", [False, True])
def test_bytes_map_back_to_values(root):
    wanted = np.array([[0.0, 0.25, 0.5], [1.0, np.nan, 2.0]])
    heat = theme.heat(wanted, 0, 2, root=root)
    found = values(heat)
    assert found[1, 1] == 0  # not known: clear
    back = (found.astype(float) - 1) / 254
    back = (back**2 if root else back) * 2
    assert np.where(np.isnan(wanted), 0, back * ~np.isnan(wanted)) == pytest.approx(np.nan_to_num(wanted), abs=0.02)
    for place, told in zip(heat.colorbar.tickvals, heat.colorbar.ticktext, strict=True):
        share = (place - 1) / 254
        assert float(told) == pytest.approx((share**2 if root else share) * 2, abs=0.01)


def test_the_map_shows_what_the_trace_holds():
    small = trace(9, 3, 8, 2)
    heat = gn.views.routing_map(small).data[0]
    assert values(heat).shape == (3, 9) and heat.customdata.shape == (3, 9, 4)
    assert (heat.customdata[..., :2] == small.expert_ids).all()
    assert heat.customdata[..., 2:] == pytest.approx(small.expert_weights * 100, abs=1)
    experts = values(gn.views.routing_experts(small, 1).data[0])
    assert experts.shape == (8, 9) and ((experts > 0) == (small.expert_ids[1][None] == np.arange(8)[:, None, None]).any(-1)).all()
    overlap = values(gn.views.routing_map(small, "overlap").data[0])
    assert not overlap[:, 0].any() and overlap[:, 1:].all()  # nothing is before the first token


def test_a_large_model_has_experts_above_a_byte():
    many = trace(5, 2, 300, 4)
    assert (gn.views.routing_map(many).data[0].customdata[..., :4] == many.expert_ids).all()


def test_pinned_experts_have_a_colour_and_a_letter():
    small = trace(9, 3, 8, 2)
    figure = gn.views.expert_text(small, 1, [3, 0])
    box, keys = figure.data[0], figure.data[1:]
    assert [key.name for key in keys] == ["A  L01.E03", "B  L01.E00"] and figure.layout.showlegend
    for k, (ids, weights) in enumerate(zip(small.expert_ids[1], small.expert_weights[1], strict=True)):
        held = {3: "A", 0: "B"}
        mine = [(w, held[e]) for e, w in zip(ids.tolist(), weights.tolist(), strict=True) if e in held]
        assert box.text[k].startswith(f"{max(mine)[1]} " if mine else "␣word")
        assert (box.marker.color[k] == theme.CLEAR) == (not mine)


def test_long_texts_come_in_pages_and_say_so():
    long = trace(2500, 2, 8, 2)
    first, second = gn.views.routing_map(long), gn.views.routing_map(long, start=1000, stop=1200)
    assert "0 to 999 of 2500" in first.layout.title.subtitle.text and "1000 to 1199" in second.layout.title.subtitle.text
    assert values(first.data[0]).shape == (2, 1000) and second.data[0].x[0].startswith("1000 ")
    assert "start=" in first.layout.title.subtitle.text and not gn.views.routing_map(trace(9, 2, 8, 2)).layout.title.subtitle.text


def test_windows_and_full_layers_stand_apart():
    figure = gn.views.head_map(summary(), "sink_mass")
    assert [len(heat.y) for heat in figure.data] == [12, 12] and figure.data[0].y[0] == "L01" and figure.data[1].y[0] == "L00"
    assert {note.text for note in figure.layout.annotations} == {"full layers", "layers with a window"}


def test_the_sink_has_its_column():
    heat = gn.views.attention(patterns(n=300), trace(300), 5).data[0]
    found = values(heat)
    assert heat.x[:3] == ("sink", " ", "0 ␣word0") and (found[:, 0] == round(0.2**0.5 * 254) + 1).all() and not found[:, 1].any()


def test_a_long_pattern_is_shown_in_tiles():
    found = patterns(n=1000)
    found.pattern[5, 700, 301] = 1
    figure = gn.views.attention(found, BIG, 5)
    cells = values(figure.data[0])
    assert cells.shape == (500, 502) and cells[350, 2 + 150] == 255 and "tiles" in figure.layout.title.subtitle.text
    some = gn.views.attention(patterns([3, 900, 20]), BIG, 5)
    assert values(some.data[0]).shape == (3, 502) and "3 rows" in gn.views.twin(some)


def test_the_waterfall_ends_at_the_logit():
    figure = gn.views.attribution(attribution(), decode)
    bars = figure.data[0]
    assert bars.measure[-1] == "total" and sum(bars.x[:-1]) == pytest.approx(bars.x[-1]) == pytest.approx(attribution().total)
    assert "1600 rows more" in gn.views.twin(figure, rows=60)


def test_the_twin_is_plain_text():
    told = gn.views.twin(gn.views.logprobs(HOSTILE_TRACE), rows=3)
    assert "<img" in told and "&lt;" not in told and told.endswith("rows more") and len(told.split("\n")) == 6


@pytest.mark.parametrize(
    "call",
    [
        lambda: gn.views.routing_map(BIG, "expert"),
        lambda: gn.views.routing_map(BIG, start=1001),
        lambda: gn.views.routing_map(BIG, start=5, stop=5),
        lambda: gn.views.routing_map(trace(0)),
        lambda: gn.views.routing_slots(BIG, -1),
        lambda: gn.views.routing_experts(BIG, 24),
        lambda: gn.views.expert_text(BIG, 0, 32),
        lambda: gn.views.coactivation(BIG, "1"),
        lambda: gn.views.expert_text(BIG, 0, "7"),
        lambda: gn.views.expert_text(BIG, 0, []),
        lambda: gn.views.expert_text(BIG, 0, [1, 1]),
        lambda: gn.views.expert_text(BIG, 0, range(9)),
        lambda: gn.views.transitions(BIG, layers=[1]),
        lambda: gn.views.transitions(BIG, layers=[2, 1]),
        lambda: gn.views.specialisation(BIG, ["a"] * 7, 0),
        lambda: gn.views.logprobs(trace(9, logprobs=np.full(9, np.nan, np.float32))),
        lambda: gn.views.compare(BIG, trace(9)),
        lambda: gn.views.compare(trace(9, 3), trace(9, 4)),
        lambda: gn.views.head_map(summary(), "loudness"),
        lambda: gn.views.attention(patterns(n=30), trace(30), 64),
        lambda: gn.views.attention_row(patterns([3]), BIG, 4),
        lambda: gn.views.head_mosaic(patterns(n=64), 8),
        lambda: gn.views.head_mosaic(patterns(range(0, 960, 15), pooled=True), 0),
        lambda: gn.views.routing_map([1, 2]),
        lambda: gn.views.routing_map(trace(9, 2, 4, 4), "margin"),
        lambda: gn.views.routing_map(trace(1, 2, 8, 2), "overlap"),
        lambda: gn.views.attention(BIG, BIG, 0),
        lambda: gn.views.attention(patterns(n=1000), trace(9), 0),
        lambda: gn.views.attention(patterns([]), BIG, 0),
        lambda: gn.views.attention_row(BIG, BIG, 3),
        lambda: gn.views.head_map(BIG),
        lambda: gn.views.lens(BIG, BIG, decode),
        lambda: gn.views.lens(lens(60), trace(9), decode),
        lambda: gn.views.norms(BIG, BIG),
        lambda: gn.views.attribution(BIG, decode),
        lambda: gn.views.transitions(BIG, layers=2),
        lambda: gn.views.transitions(BIG, where=np.zeros(T, bool)),
        lambda: gn.views.expert_load(trace(1, 2, 8, 2)),
        lambda: gn.views.lens(lens(121), BIG, decode),
        lambda: gn.views.expert_load("trace"),
    ],
)
def test_mistakes_are_told_in_two_lines(call):
    with pytest.raises(GptossError) as caught:
        call()
    assert len(str(caught.value).split("\n")) == 2


@pytest.mark.parametrize("name", [*VIEWS, *OTHERS])
def test_every_view_has_a_png(name):
    figure = OTHERS[name]() if name in OTHERS else VIEWS[name](trace(60))
    picture = Image.open(io.BytesIO(png(figure))).convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    assert picture.size == (760, figure.layout.height) and picture.getextrema() != ((255, 255),) * 3
    colours = picture.getcolors(1 << 20)
    assert len(colours) > 8 and max(count for count, _ in colours) < 0.97 * 760 * figure.layout.height


def test_a_cell_of_the_png_has_the_colour_of_its_value():
    values = np.array([[0.0, 1.0], [np.nan, 0.5]])
    figure = theme.figure(theme.heat(values, 0, 1), title="t", text="T.", xaxis=dict(range=[-0.5, 1.5]), yaxis=dict(range=[-0.5, 1.5]))
    picture = Image.open(io.BytesIO(png(figure))).convert("RGBA")
    margin = figure.layout.margin
    left, right, top, bottom = margin.l, 760 - 84, margin.t, figure.layout.height - margin.b
    at = {(row, column): picture.getpixel((int(left + (right - left) * (0.25 + 0.5 * column)), int(bottom - (bottom - top) * (0.25 + 0.5 * row))))
          for row in (0, 1) for column in (0, 1)}  # fmt: skip
    wanted = {(0, 0): theme.MAGNITUDE[0], (0, 1): theme.MAGNITUDE[-1], (1, 1): theme.mixed(theme.MAGNITUDE, 127 / 254)}
    assert at[1, 0][3] == 0  # not known: the page shines through
    for place, colour in wanted.items():
        assert all(abs(a - int(colour[k : k + 2], 16)) <= 4 for a, k in zip(at[place][:3], (1, 3, 5), strict=True))


def test_one_output_holds_plotly_a_png_and_text():
    bundle = gn.views.routing_map(trace(9, 2, 8, 2))._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/png", "application/vnd.plotly.v1+json"}
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG") and bundle["text/plain"].startswith("9 tokens")
    json.dumps(bundle, allow_nan=False)
    assert repr(gn.views.routing_map(trace(9, 2, 8, 2)).update_layout(height=300)) == bundle["text/plain"]


def test_they_need_no_torch_and_no_model(tmp_path):
    import subprocess

    trace(20, 3, 8, 2).save(tmp_path / "t")
    code = f"import sys, gptoss_nb as gn; t = gn.Trace.load({str(tmp_path / 't')!r}); gn.views.routing_map(t); gn.metrics.load(t); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
