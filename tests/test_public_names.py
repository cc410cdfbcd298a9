"""The public names of DESIGN, as far as they are built: other people's code calls them. And how long importing takes."""

import inspect
import statistics
import subprocess
import sys

import pytest

import gptoss_nb as gn

SAMPLING = dict(max_tokens=512, temperature=1.0, top_p=1.0, top_k=0, seed=None)
CHAT = dict(system=None, effort="medium", history=None) | SAMPLING | dict(edits=None, tools=())
HARMONY = dict(developer=None, effort="medium", tools=(), identity=None, date=None)

# name: (arguments that have no default, those that have)
SIGNATURES = {
    "load": ([], dict(name=None, device="auto", dtype="auto", backend="auto", context=None)),
    "unload": ([], {}),
    "Tokenizer.load": (["path"], {}),
    "LoadedModel.logits": (["token_ids"], dict(edits=None)),
    "LoadedModel.trace": (["text_or_token_ids"], dict(edits=None)),
    "LoadedModel.chat": (["prompt"], CHAT),
    "LoadedModel.stream": (["prompt"], CHAT),
    "LoadedModel.attention": (["trace", "layer"], dict(heads=None, rows=None)),
    "Edits.ablate_expert": (["layer", "expert"], {}),
    "Edits.boost_expert": (["layer", "expert", "by"], {}),
    "Edits.force_expert": (["layer", "expert"], {}),
    "Edits.scale_head": (["layer", "head", "gain"], {}),
    "Edits.add_residual": (["layer", "vector"], {}),
    "harmony.encode": (["tokenizer", "messages"], HARMONY),
    "harmony.render": (["tokenizer", "messages"], HARMONY),
    "harmony.Parser": (["tokenizer"], {}),
    "Trace.save": (["path"], {}),
    "Trace.load": (["path"], {}),
    "Trace.to_pandas": ([], {}),
    "LoadedModel.head_summary": (["trace"], {}),
    "LoadedModel.lens": (["trace"], dict(top=5)),
    "LoadedModel.attribution": (["trace", "position"], {}),
    "LoadedModel.counterfactual": (["trace", "position"], {}),
    "sweep": (["model", "text_or_token_ids"], dict(over="experts")),
    "survey": (["model", "texts"], dict(labels=None, out="survey")),
    "explore": (["reply_or_trace"], dict(model=None)),
    "views.routing_map": (["trace"], {}),
    "views.expert_load": (["traces"], {}),
    "metrics.load": (["traces"], dict(where=None)),
    "load_ipython_extension": (["shell"], {}),
    "unload_ipython_extension": (["shell"], {}),
}
FIELDS = {
    "Reply": "text thinking messages token_ids trace stats stopped",
    "Trace": "token_ids tokens roles channels logprobs generated expert_ids expert_weights router_logits",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name):
    found = gn
    for part in name.split("."):
        found = getattr(found, part)
    parameters = [p for p in inspect.signature(found).parameters.values() if p.name != "self"]
    required, optional = SIGNATURES[name]
    assert [p.name for p in parameters if p.default is p.empty] == required
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    assert optional.items() <= defaults.items()
    assert list(defaults)[: len(optional)] == list(optional), "in this order, should someone count them"


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name):
    assert set(FIELDS[name].split()) <= set(getattr(gn, name).__dataclass_fields__)


def test_every_name_is_there_and_listed():
    for name in gn.__all__:
        assert getattr(gn, name) is not None and name in dir(gn)
    with pytest.raises(AttributeError, match="no attribute 'laod'"):
        gn.laod  # noqa: B018


def test_every_public_callable_says_what_it_does():
    named = [getattr(gn, name) for name in gn.__all__] + [getattr(gn.LoadedModel, n) for n in vars(gn.LoadedModel) if not n.startswith("_")]
    missing = [thing for thing in named if (callable(thing) or isinstance(thing, property)) and not inspect.getdoc(thing)]
    assert missing == []


MEASURE = """
import sys, time
start = time.perf_counter()
import gptoss_nb
print(time.perf_counter() - start)
print([name for name in ("torch", "numpy", "IPython", "tiktoken", "safetensors") if name in sys.modules])
"""


def test_importing_is_quick_and_brings_nothing_along():
    command = [sys.executable, "-c", MEASURE]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines() for _ in range(5)]
    assert {heavy for _, heavy in runs} == {"[]"}
    assert statistics.median(float(seconds) for seconds, _ in runs) < 0.5, "issue 2 asks for it"
