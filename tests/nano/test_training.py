"""A few tiny steps of the real training: it runs, goes on where it was interrupted, and computes what a user's model does."""

import json
import random
import shutil
import sys
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from gptoss_nb import session
from gptoss_nb.chat.tokenizer import Tokenizer
from gptoss_nb.errors import OptionError
from gptoss_nb.kernels import reference
from gptoss_nb.kernels.mxfp4 import quantize
from gptoss_nb.model.transformer import Transformer
from gptoss_nb.nano import batches, corpus, grouped_ops, parameters, passes, train
from gptoss_nb.nano.captured import Captured
from gptoss_nb.nano.muon import Muon, orthogonalised

SHIPPED = train.HERE / "checkpoint"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(SHIPPED)


@pytest.fixture
def tiny(monkeypatch):
    """Steps of two short parts, three to a pool; this process keeps its threads and its malloc."""
    for name, value in {"PARTS": 2, "PART_TOKENS": {"cpu": 600}, "POOL": 3}.items():
        monkeypatch.setattr(batches, name, value)
    monkeypatch.setattr(train, "_keep_freed_memory", lambda: None)
    monkeypatch.setattr(train.vocabulary, "write", lambda folder: shutil.copy(SHIPPED / "tokenizer.json", folder))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def as_graphs(monkeypatch):
    """What a GPU captures, run one by one, in float32 and on this processor."""
    pytest.importorskip("triton")
    from gptoss_nb.nano import dense_ops

    monkeypatch.setattr(passes, "Captured", lambda function, pool: function)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda precision: None)
    monkeypatch.setattr(passes.AsGraphs, "DTYPE", torch.float32)
    monkeypatch.setattr(dense_ops, "experts", grouped_ops.experts)  # their kernel is tested elsewhere, and is slow without a GPU


@pytest.mark.parametrize("way", ["on threads", "as graphs"])
def test_an_interrupted_run_ends_where_a_whole_one_does(tiny, tmp_path, monkeypatch, capsys, way, request):
    if way == "as graphs":
        request.getfixturevalue("as_graphs")
        monkeypatch.setattr(train, "OnThreads", passes.AsGraphs)
    steps, whole, broken = 4, tmp_path / "whole", tmp_path / "broken"  # the last step is quantised
    train.train(steps, 0, whole, whole / "out", keep=2)
    update = train.State.update

    def stopping(self, *arguments):
        if self.step == 2:
            self.save()
            raise KeyboardInterrupt
        return update(self, *arguments)

    monkeypatch.setattr(train.State, "update", stopping)
    with pytest.raises(KeyboardInterrupt):
        train.train(steps, 0, broken, broken / "out")
    assert not (broken / "out" / "model.safetensors").exists()
    monkeypatch.setattr(train.State, "update", update)
    train.train(steps, 0, broken, broken / "out")
    assert "resumed at step 2" in capsys.readouterr().out
    for name in ("unrounded.safetensors", "out/model.safetensors", "out/config.json"):
        assert (whole / name).read_bytes() == (broken / name).read_bytes(), name
    state, resumed = (load_file(folder / "state.safetensors") for folder in (whole, broken))  # their metadata come in any order
    assert state.keys() == resumed.keys() and all(torch.equal(state[name], resumed[name]) for name in state)
    curve = [json.loads(line) for line in (whole / "curve.jsonl").read_text().splitlines()]
    assert curve[-1]["step"] == steps and 0 < curve[-1]["loss"] < 20
    _loads(whole / "out")
    assert {path.name for path in whole.glob("step-*")} == {"step-000002", "step-000004"}
    last, half = ((whole / f"step-00000{n}" / "model.safetensors").read_bytes() for n in (4, 2))
    assert last == (whole / "out" / "model.safetensors").read_bytes() != half
    _loads(whole / "step-000002")


def test_a_run_starts_from_an_earlier_checkpoint(tiny, tmp_path, tokenizer, close):
    config = parameters.architecture(tokenizer.vocab_size)
    begun = parameters.earlier(config, tokenizer, SHIPPED)
    ids = tokenizer.encode("What is 37 + 45?")
    rows = begun["embedding"][ids]
    ours = Transformer(config, parameters.weights(config, begun), reference)
    model = session.load(SHIPPED, backend="reference")
    logits = ours.forward(torch.tensor(ids), model.generator.new_cache(len(ids)))
    close(logits, model.logits(ids), "one operation")  # bit for bit alone, in the last place after the other tests of this file
    assert rows.dtype == torch.float32
    train.train(2, 0, tmp_path, tmp_path / "out", start=SHIPPED)
    curve = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert curve[-1]["loss"] < 1  # random weights begin at 7
    _loads(tmp_path / "out")


def test_a_token_that_the_earlier_one_did_not_have_begins_as_the_mean_of_its_spelling(tokenizer, tmp_path):
    """A vocabulary without the longest word, which takes the place of a nano's before."""
    ids = [id for id in range(tokenizer.vocab_size) if not tokenizer.is_control(id)]
    longest = max(ids, key=lambda id: len(tokenizer.token_bytes(id)))
    word = tokenizer.token_bytes(longest).decode()

    class Before:
        vocab_size = tokenizer.vocab_size
        token_bytes = staticmethod(lambda id: b"" if id == longest else tokenizer.token_bytes(id))
        encode = staticmethod(lambda text: [id for c in text for id in tokenizer.encode(c)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parameters.Tokenizer, "load", lambda folder: Before)
        begun = parameters.earlier(parameters.architecture(tokenizer.vocab_size), tokenizer, SHIPPED)
    kept = parameters.earlier(parameters.architecture(tokenizer.vocab_size), tokenizer, SHIPPED)
    assert torch.allclose(begun["embedding"][longest], kept["embedding"][Before.encode(word)].mean(0))
    others = [id for id in ids if id != longest]
    assert torch.equal(begun["unembedding"][others], kept["unembedding"][others])


def test_a_start_of_another_shape_is_refused(tokenizer):
    with pytest.raises(OptionError, match="another shape"):
        parameters.earlier(replace(parameters.architecture(tokenizer.vocab_size), n_layers=3), tokenizer, SHIPPED)


def test_a_run_goes_on_under_its_own_seed_alone(tiny, tmp_path):
    train.train(1, 0, tmp_path, tmp_path / "out")
    with pytest.raises(OptionError, match="another seed"):
        train.train(2, 1, tmp_path, tmp_path / "out")


def test_a_run_goes_on_on_its_own_kind_of_device_alone(tiny, tmp_path):
    train.train(1, 0, tmp_path, tmp_path / "out")
    file = tmp_path / "state.safetensors"
    save_file(load_file(file), file, metadata={"step": "1", "seed": "0", "device": "cuda"})
    with pytest.raises(OptionError, match="another device") as told:
        train.train(2, 0, tmp_path, tmp_path / "out")
    assert "--device cuda" in str(told.value)


def test_more_checkpoints_than_steps_are_refused(tiny, tmp_path):
    with pytest.raises(OptionError, match="--keep"):
        train.train(2, 0, tmp_path, tmp_path / "out", keep=3)


def _loads(folder) -> None:
    model = session.load(folder, device="cpu", dtype="float32")
    try:
        assert model.config == parameters.architecture(model.tokenizer.vocab_size)
        assert model.logits(range(20)).isfinite().all()
        model.chat("Hello", max_tokens=2)  # may end at once: it has learned nothing yet
    finally:
        session.unload()


def test_a_step_is_always_the_same(tiny, tokenizer):
    def first(seed: int, start: int, n: int):
        made = batches.steps(tokenizer, seed, start, start + n, 600)
        return [[(part.ids.tolist(), part.targets.tolist(), part.effort.tolist()) for part in next(made)] for _ in range(n)]

    whole = first(0, 0, 7)
    assert first(0, 2, 5) == whole[2:] and first(0, 4, 3) == whole[4:]
    assert first(1, 0, 1) != whole[:1] and all(len(parts) == 2 for parts in whole)


def test_only_replies_are_learned(tiny, tokenizer):
    parts = [part for step in batches.steps(tokenizer, 0, 0, 4, 600) for part in step]
    stop, call, start = (tokenizer.control_id(f"<|{name}|>") for name in ("return", "call", "start"))
    for ids, targets in ((row, target) for part in parts for row, target in zip(part.ids, part.targets, strict=True)):
        learned = (targets != batches.IGNORED).nonzero().flatten().tolist()
        assert targets[learned[-1]] == stop
        assert (targets[learned[:-1]] == ids[1:][learned[:-1]]).all()  # the next token, shifted by one
        gaps = [(a, b) for a, b in zip(learned, learned[1:]) if b != a + 1]
        # a gap is a tool's result: after a call, up to the next word of the assistant
        assert all(targets[a] == call and tokenizer.decode(ids[a + 2 : b + 1]).endswith("<|start|>assistant") for a, b in gaps)
        assert start in ids


def test_a_mistake_is_read_and_not_learned(tokenizer):
    rng, seen = random.Random(0), 0
    while seen < 5:
        example = corpus.example(rng, "sorting", "high")
        ids, learned = example.reply(tokenizer)
        assert len(ids) == len(learned) and learned[-1]
        if example.mistaken:
            seen += 1
            unlearned = tokenizer.decode([id for id, is_learned in zip(ids, learned, strict=True) if not is_learned])
            assert unlearned.endswith(example.mistaken) and example.thinking.startswith(example.mistaken)
        else:
            assert all(learned)


@pytest.mark.parametrize("widths", [None, (150, 700)])
def test_processes_draw_the_same_steps(tokenizer, widths):
    """In order, from more pools than are waited for at once."""
    first, last = batches.POOL - 1, 6 * batches.POOL + 2
    here, there = (list(batches.steps(tokenizer, 0, first, last, 700, processes, widths)) for processes in (0, 2))
    assert len(here) == last - first
    assert all(torch.equal(a.ids, b.ids) and torch.equal(a.targets, b.targets)
               for ours, theirs in zip(here, there, strict=True) for a, b in zip(ours, theirs, strict=True))  # fmt: skip


def test_parts_of_fixed_widths(tiny, tokenizer):
    """One size a width, whatever is drawn: a GPU has a graph for each."""
    widths, sizes, texts = (80, 150, 700), {}, []
    made = [part for step in batches.steps(tokenizer, 0, 0, 12, 2400, widths=widths) for part in step]
    assert len(made) == 24
    for part in made:
        assert part.ids.shape == part.targets.shape and len(part.ids) == len(part.effort) == 2400 // part.ids.shape[1]
        sizes[part.ids.shape[1]] = len(part.ids)
        texts += [tuple(row) for row in part.ids.tolist()]
        assert (part.targets != batches.IGNORED).any(1).all()
        assert part.learned.tolist() == (part.targets != batches.IGNORED).flatten().nonzero().flatten().tolist()
    assert sizes == {80: 30, 150: 16, 700: 3}
    again = [part for step in batches.steps(tokenizer, 0, 5, 12, 2400, widths=widths) for part in step]
    assert all(torch.equal(a.ids, b.ids) and torch.equal(a.targets, b.targets) for a, b in zip(made[10:], again, strict=True))
    assert len(set(texts)) > 0.8 * len(texts)  # what fills up the last part of a pool is in another, too


def test_what_fills_no_part_goes_into_the_next_width(tokenizer):
    rows = [([0] * (1 + n), [True] * (1 + n), 0) for n in [10] * 7 + [20] * 4 + [39, 40, 41]]
    shares = batches._of_widths(rows, (10, 20, 40), 40, random.Random(0))
    assert [(len(share), width) for share, width in shares] == [(4, 10), (2, 20), (2, 20), (2, 20), (1, 40), (1, 40), (1, 40)]
    lengths = [len(ids) - 1 for share, _ in shares for ids, _, _ in share]
    assert sorted(lengths) == [10] * 7 + [20] * 4 + [39, 40]  # 41 has no place
    filled = batches._of_widths(rows[:6], (10, 20), 40, random.Random(0))
    assert [(len(share), width) for share, width in filled] == [(4, 10), (2, 20)]


def test_gradients_of_a_gpu_are_those_of_threads(tiny, as_graphs, tokenizer, monkeypatch):
    monkeypatch.setattr(grouped_ops, "PRODUCTS", torch.float32)
    config = parameters.architecture(tokenizer.vocab_size)
    config = replace(config, experts_per_token=config.n_experts)  # no choice, which rounding could tip
    begun, prefix = parameters.initial(config, 0), batches.prefixes(tokenizer)
    parts = next(batches.steps(tokenizer, 0, 0, 1, 300, widths=(100, 300)))
    found = []
    for way in (passes.OnThreads, passes.AsGraphs):
        own = {name: value.clone() for name, value in begun.items()}
        each = way(config, own, prefix)
        for quantised in (False, True):  # the second must not see what the first left
            numbers = each.gradients([part.to("cpu") for part in parts], quantised)
        found.append((numbers, {name: value.grad for name, value in own.items()}))
        assert all(torch.equal(value, begun[name]) for name, value in own.items())  # rounded is what a step sees, not what it keeps
    (numbers, gradients), (their_numbers, their_gradients) = found
    torch.testing.assert_close(numbers, their_numbers, rtol=1e-4, atol=1e-4)
    for name, gradient in gradients.items():
        assert (gradient - their_gradients[name]).norm() <= 1e-4 * gradient.norm(), name


def test_both_ways_count_the_same_whole_replies(tiny, as_graphs, tokenizer, monkeypatch):
    """What is padding, or a prompt, is neither right nor wrong."""
    monkeypatch.setattr(grouped_ops, "PRODUCTS", torch.float32)
    config, prefix = parameters.architecture(tokenizer.vocab_size), batches.prefixes(tokenizer)
    own = parameters.earlier(config, tokenizer, SHIPPED)
    parts = [part.to("cpu") for part in next(batches.steps(tokenizer, 0, 0, 1, 1500, widths=(100, 300)))]
    here, there = (way(config, own, prefix).gradients(parts, False) for way in (passes.OnThreads, passes.AsGraphs))
    rows = sum(len(part.ids) for part in parts)
    assert rows / 3 < here[2] <= rows and here[2] == there[2]
    assert here[0] == pytest.approx(float(there[0]), rel=1e-3)


def test_a_gpu_without_triton_says_what_to_do(tokenizer, monkeypatch):
    monkeypatch.setitem(sys.modules, "gptoss_nb.nano.dense_ops", None)
    monkeypatch.delattr("gptoss_nb.nano.dense_ops", raising=False)
    config = parameters.architecture(tokenizer.vocab_size)
    with pytest.raises(OptionError, match="Triton") as told:
        passes.AsGraphs(config, parameters.initial(config, 0), batches.prefixes(tokenizer))
    assert "--device cpu" in str(told.value)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_captured_function_does_the_same_every_time():
    total = torch.zeros(3, device="cuda")
    add = Captured(lambda x: total.add_(x.sum()), torch.cuda.graph_pool_handle())
    for n in range(1, 5):  # the first call runs it, the second captures it
        add(torch.full((n % 2 + 1, 2), 1.0, device="cuda"))
    assert total.tolist() == [12.0] * 3


def test_the_shared_prefix_changes_nothing(tiny, tokenizer, close):
    """A part after the prefix of its effort gives the logits of whole sequences."""
    config = parameters.architecture(tokenizer.vocab_size)
    config = replace(config, experts_per_token=config.n_experts)  # no choice, which rounding could tip
    values = parameters.initial(config, 0)
    model = Transformer(config, parameters.weights(config, values), reference)
    prefix = batches.prefixes(tokenizer)
    seen = set()
    with torch.no_grad():
        for parts in batches.steps(tokenizer, 0, 0, 3, 600):
            for part in (part.to("cpu") for part in parts):
                logits, sequence = batches.forward(model, prefix, part)
                whole = torch.cat([prefix[part.effort], part.ids], dim=1)
                close(logits, model.forward(whole)[:, prefix.shape[1] :][part.targets != batches.IGNORED], "whole model")
                assert len(sequence.routing) == config.n_layers
                seen |= set(part.effort.tolist())
    assert len(seen) == 3  # every effort was among them


def test_quantised_leaves_are_what_mxfp4_holds(tokenizer):
    values = parameters.initial(parameters.architecture(tokenizer.vocab_size), 0)
    plain, rounded = (parameters.seen(values, quantised) for quantised in (False, True))
    for name, value in values.items():
        assert plain[name].requires_grad and rounded[name].requires_grad and torch.equal(plain[name], value)
        expert = name.endswith((".gate_up", ".down"))
        assert torch.equal(rounded[name], value) != expert
        if expert:
            assert torch.equal(quantize(rounded[name].detach()).dequantize(), rounded[name])
            assert (rounded[name] - value).abs().max() <= value.abs().max() / 4


def test_the_rates_warm_up_and_fall_to_nothing():
    rates = [train.schedule(step, 5000) for step in range(5001)]
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[0] < 0.01 and rates[2500] == 0.5 and rates[-1] == 0


@pytest.mark.parametrize("shape", [(300, 48), (48, 300), (64, 64)])
def test_muon_steps_as_torchs_does(shape):
    """Torch's computes in bfloat16: equal to its rounding."""
    ours, theirs = (torch.nn.Parameter(torch.ones(shape)) for _ in range(2))
    optimisers = Muon([ours], 0.01, 0.05), torch.optim.Muon([theirs], 0.01, 0.05, adjust_lr_fn="match_rms_adamw")
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        ours.grad = torch.randn(shape, generator=generator)
        theirs.grad = ours.grad.clone()
        for optimiser in optimisers:
            optimiser.step()
    moved = (ours - 1).norm()
    assert (ours - theirs).norm() < 0.02 * moved and moved > 0.1


def test_orthogonalising_evens_out_the_singular_values():
    x = torch.randn(40, 12, generator=torch.Generator().manual_seed(0)) @ torch.diag(torch.logspace(0, -1, 12))
    left, _, right = torch.linalg.svd(x, full_matrices=False)
    values = (left.mT @ orthogonalised(x) @ right.mT).diagonal()
    assert values.min() > 0.6 and values.max() < 1.3


def test_imbalance_is_one_where_experts_share():
    even = torch.arange(16).view(8, 2) % 4
    assert train.imbalance((torch.zeros(8, 4), even, None)) == pytest.approx(1)
    one = torch.tensor([[9.0, 9, 0, 0]] * 8), torch.tensor([[0, 1]] * 8), None
    assert train.imbalance(one) == pytest.approx(2, rel=0.01)
