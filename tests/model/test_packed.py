"""Several sequences in one pass, and rings that are longer than their window: nothing else comes out."""

import pytest
import torch

from gptoss_nb.engine.generator import Generator
from gptoss_nb.kernels.mask import Band
from gptoss_nb.model.edits import Edits
from gptoss_nb.model.kv_cache import KVCache
from gptoss_nb.model.transformer import Transformer

CPU = torch.device("cpu")
LENGTHS = (5, 1, 40, 22)  # windows of 16 keys


def on(transformer, backend: str) -> Transformer:
    from gptoss_nb.kernels import reference, triton_ops

    return Transformer(transformer.config, transformer.weights, {"reference": reference, "triton": triton_ops}[backend])


@pytest.mark.parametrize("backend", ("reference", "triton"))
def test_packed_documents_do_not_see_each_other(transformer, random_ids, close, backend):
    documents = [random_ids(n, seed=n).tolist() for n in LENGTHS]
    edits = Edits().boost_expert(1, 2, 1.5)
    generator, plain = (Generator(on(transformer, b), 256, torch.float32, CPU) for b in (backend, "reference"))
    with torch.inference_mode():
        for ids, (logits, routing) in zip(documents, generator.together(documents, edits), strict=True):
            [(wanted, cache)] = plain.passes(ids, edits)
            close(logits, wanted, "whole model")
            assert torch.equal(routing.ids, cache.routing.ids[:, : len(ids)])
            close(routing.weights, cache.routing.weights[:, : len(ids)], "inside")


@pytest.mark.parametrize("parts", ((30, 1, 1, 1, 7, 1, 1), (3, *[1] * 30), (16, 20, 1, 1), (40,)), ids=str)
def test_a_longer_ring_changes_nothing(transformer, random_ids, close, parts):
    ids, c = random_ids(sum(parts)), transformer.config
    logits = []
    for ahead in (0, 8):
        cache = KVCache(c, 64, torch.float32, CPU, ahead=ahead)
        assert cache.buffer(0)[0].shape[0] == 16 + ahead and c.sliding_windows[0] == 16
        with torch.inference_mode():
            logits.append(torch.cat([transformer.forward(part, cache) for part in ids.split(parts)]))
    close(logits[1], logits[0], "whole model")


def test_a_band_is_its_tensor():
    places = torch.arange(6)
    assert torch.equal(Band(places[4:], places, 3, 4).tensor(), torch.tensor([[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]]).bool())
    packed = Band(places, places, None, 0, torch.tensor([0, 0, 2, 2, 2, 5], dtype=torch.int32))
    assert packed.tensor().sum(1).tolist() == [1, 2, 1, 2, 3, 1] and packed[3:].tensor().sum(1).tolist() == [2, 3, 1]
