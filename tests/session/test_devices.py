"""A model whose layers are on several devices: the same numbers, and never two devices in one operation.

There is no GPU here, so a device is a label: tensors that carry it refuse to meet those of another, as a GPU's would, while the
numbers are a CPU's."""

from dataclasses import fields, replace

import pytest
import torch
from torch.overrides import TorchFunctionMode

import gptoss_nb as gn
from gptoss_nb.engine.generator import Generator
from gptoss_nb.inside import ablation, heads, lens, replay
from gptoss_nb.inside.attribution import attribution
from gptoss_nb.kernels import reference
from gptoss_nb.kernels.mxfp4 import Mxfp4Tensor
from gptoss_nb.model.edits import Edits
from gptoss_nb.model.transformer import Transformer

CPU, GPU0, GPU1 = torch.device("cpu"), torch.device("cuda:0"), torch.device("cuda:1")
FACTORIES = {torch.zeros, torch.ones, torch.empty, torch.arange, torch.tensor, torch.full}


class Labelled(torch.Tensor):
    """A CPU tensor that says it is somewhere else, in `label`."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            return cls._function(func, args, dict(kwargs or {}))

    @classmethod
    def _function(cls, func, args, kwargs):
        if func == torch.Tensor.device.__get__:
            return args[0].label
        if func == torch.Tensor.is_cpu.__get__:
            return False
        met = {label(t) for t in tensors((args, list(kwargs.values()))) if t.dim() or isinstance(t, cls)}
        if func is torch.Tensor.to:
            place = next((torch.device(a) for a in [*args[1:], *kwargs.values()] if isinstance(a, torch.device | str)), None)
            place = label(args[1]) if place is None and len(args) > 1 and isinstance(args[1], torch.Tensor) else place or label(args[0])
            args = [plain(args[0]), *(plain(a) for a in args[1:] if not isinstance(a, torch.device | str))]
            kwargs = {k: v for k, v in kwargs.items() if k != "device"}
            return on(torch.Tensor.to(*args, **kwargs) if len(args) > 1 or kwargs else args[0], place)
        if func in (torch.Tensor.cpu, torch.Tensor.numpy):
            return func(plain(args[0]))
        if func is torch.Tensor.copy_:
            met = {label(args[0])}  # copies between devices
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
            met = {label(t) for t in tensors((args[0], args[2:])) if t.dim()} | {at for t in tensors(args[1]) if (at := label(t)) != CPU}
        if len(met) > 1:
            raise AssertionError(f"{getattr(func, '__name__', func)} of tensors on {' and '.join(sorted(map(str, met)))}")
        out = func(*without(args), **without(kwargs))
        return on(out, met.pop()) if met else out


def label(tensor: torch.Tensor) -> torch.device:
    return getattr(tensor, "label", CPU)


def plain(value):
    return value.as_subclass(torch.Tensor) if isinstance(value, Labelled) else value


def without(value):
    if isinstance(value, list | tuple):
        return type(value)(map(without, value)) if not hasattr(value, "_fields") else value
    return {k: without(v) for k, v in value.items()} if isinstance(value, dict) else plain(value)


def tensors(value) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for part in value for t in tensors(part)] if isinstance(value, list | tuple) else []


def on(value, place: torch.device):
    if isinstance(value, torch.Tensor):
        if place == CPU:
            return plain(value)
        made = value.as_subclass(Labelled)
        made.label = place
        return made
    if isinstance(value, tuple) and hasattr(value, "_fields") or type(value).__module__ == "torch.return_types":
        return type(value)(tuple(on(part, place) for part in value))
    return type(value)(on(part, place) for part in value) if isinstance(value, list | tuple) else value


class Factories(TorchFunctionMode):
    """`torch.zeros(..., device="cuda:0")` gives a labelled tensor."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in FACTORIES and kwargs.get("device") is not None:
            return on(func(*args, **kwargs | {"device": CPU}), torch.device(kwargs["device"]))
        if func is torch.Tensor.to and not isinstance(args[0], Labelled):
            place = next((torch.device(a) for a in [*args[1:], *kwargs.values()] if isinstance(a, torch.device | str)), None)
            like = next((a for a in args[1:] if isinstance(a, Labelled)), None)
            if like is not None or (place is not None and place != CPU):
                rest = [plain(a) for a in args[1:] if not isinstance(a, torch.device | str)]
                kwargs.pop("device", None)
                return on(func(args[0], *rest, **kwargs) if rest or kwargs else args[0], like.label if like is not None else place)
        return func(*args, **kwargs)


def test_the_labels_refuse_what_a_gpu_would():
    with Factories():
        a, b = torch.ones(2, device="cuda:0"), torch.ones(2, device=GPU1)
        assert (a + a).device == GPU0 and a.to(GPU1).device == GPU1 and a.cpu().device == CPU and torch.ones(2).to(b).device == GPU1
        assert a[:1].device == GPU0 and torch.cat([a, a]).device == GPU0 and a.sum().device == GPU0 and float(a.sum()) == 2
        for mixed in (lambda: a + b, lambda: a + torch.ones(2), lambda: torch.cat([a, b]), lambda: torch.stack([torch.ones(2), a]),
                      lambda: torch.nn.functional.linear(a, b[None]), lambda: a.gather(0, torch.tensor([0])), lambda: a.index_select(0, torch.tensor([0]))):  # fmt: skip
            with pytest.raises(AssertionError, match=" and "):
                mixed()


@pytest.fixture(scope="module")
def model(golden):
    made = gn.load(golden / "hf", backend="reference")
    yield made
    gn.unload()


def spread_over(model, places: list[torch.device]) -> Generator:
    """The model's engine, each layer where `places` says, the rest on the first of them."""

    def moved(tensor, place):
        return Mxfp4Tensor(on(tensor.blocks, place), on(tensor.scales, place)) if isinstance(tensor, Mxfp4Tensor) else on(tensor, place)

    weights = model.generator.model.weights
    layers = tuple(replace(layer, **{f.name: moved(getattr(layer, f.name), place) for f in fields(layer)})
                   for layer, place in zip(weights.layers, places, strict=True))  # fmt: skip
    ends = {name: on(getattr(weights, name), places[0]) for name in ("embedding", "norm", "unembedding")}
    transformer = Transformer(model.config, replace(weights, layers=layers, **ends), reference, 300)
    return Generator(transformer, 300, torch.float32, places[0])


def rotated(n: int, *places) -> list[torch.device]:
    return [places[i * len(places) // n] for i in range(n)]


IDS = [(7 * i) % 300 for i in range(40)]
PLACES = [(GPU0,), (GPU0, GPU1), (GPU0, CPU)]


@pytest.mark.parametrize("places", PLACES, ids=str)
@pytest.mark.parametrize("edited", [False, True])
def test_prompt_and_single_tokens(model, places, edited):
    c = model.config
    edits = Edits().boost_expert(1, 0, 1.0).ablate_expert(1, 1).scale_head(1, 0, 0.5).add_residual(1, [0.1] * c.hidden_size) if edited else Edits()
    wanted = model.logits(IDS, edits)
    with Factories(), torch.inference_mode():
        generator = spread_over(model, rotated(c.n_layers, *places))
        cache, tensors, logits = generator.new_cache(64), edits.tensors(c, places[0]), []
        for part in (IDS[:20], IDS[20:38], IDS[38:39], IDS[39:]):
            logits.append(generator.model.forward(torch.tensor(part, device=places[0]), cache, tensors))
            cache.snapshot()
        assert all(part.device == places[0] for part in logits)
        assert torch.allclose(torch.cat([plain(part) for part in logits]), wanted, atol=1e-4)
        assert cache.rollback(20) == 20


@pytest.mark.parametrize("places", PLACES, ids=str)
def test_what_is_asked_of_the_inside(model, places):
    trace = model.trace(IDS)
    with Factories(), torch.inference_mode():
        generator = spread_over(model, rotated(model.config.n_layers, *places))
        last = model.config.n_layers - 1
        for layer in (0, last):
            found = replay.attention(generator, IDS, Edits(), layer)
            assert abs(found.pattern - model.attention(trace, layer).pattern).max() < 1e-5
        assert abs(replay.residuals(generator, IDS, Edits()) - model.residuals(trace)).max() < 1e-4
        assert abs(heads.head_summary(generator, IDS, Edits()).sink_mass - model.head_summary(trace).sink_mass).max() < 1e-5
        assert (lens.lens(generator, IDS, Edits(), 3, [5, 39]).top_ids == model.lens(trace, 3, [5, 39]).top_ids).all()
        assert abs(attribution(generator, IDS, Edits(), 30, None).heads - model.attribution(trace, 30).heads).max() < 1e-4
        assert abs(ablation.counterfactual(generator, IDS, Edits(), 30, None).logprob - model.counterfactual(trace, 30).logprob) < 1e-4
