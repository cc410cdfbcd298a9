"""The measures give what can be worked out by hand, and their baselines are those of chance."""

import numpy as np
import pytest

from gptoss_nb.trace import counting


def test_information_of_routings_with_known_answers():
    labels = np.array([0, 0, 1, 1])
    by_label = np.array([[0, 1], [1, 0], [2, 3], [3, 2]])
    assert counting.mutual_information(labels, by_label, 4) == pytest.approx(1)  # the expert tells the label
    same = np.array([[0, 1]] * 4)
    assert counting.mutual_information(labels, same, 4) == pytest.approx(0)
    assert counting.mutual_information(np.zeros(4, int), by_label, 8) == pytest.approx(0)  # one label: nothing to tell
    assert counting.mutual_information(np.arange(8), np.arange(8)[:, None], 8) == pytest.approx(3)
    # an expert of its own for label 0 half of the time: H(1/4) - H(1/2) / 2 in bits
    half = np.array([[0], [1], [1], [1]])
    assert counting.mutual_information(labels, half, 2) == pytest.approx(0.811278 - 0.5, abs=1e-5)


def test_chance_tells_nothing():
    rng = np.random.default_rng(0)
    labels, experts = rng.integers(0, 5, 40_000), rng.integers(0, 16, (40_000, 4))
    found = counting.mutual_information(labels, experts, 16)
    assert 0 <= found < 2 * (4 * 15) / (2 * experts.size * np.log(2))  # twice the bias of the plug-in estimate
    assert counting.load(experts, 16) == pytest.approx(1 / 16, rel=0.05)


def test_shuffling_keeps_texts_whole():
    groups = np.repeat([7, 3, 9, 4], [3, 1, 4, 2])
    labels = np.repeat([0, 1, 2, 2], [3, 1, 4, 2])
    seen = set()
    for seed in range(30):
        given = counting.shuffled(labels, groups, np.random.default_rng(seed))
        by_group = {group: set(given[groups == group]) for group in (7, 3, 9, 4)}
        assert all(len(labels) == 1 for labels in by_group.values())
        assert sorted(min(labels) for labels in by_group.values()) == [0, 1, 2, 2]  # handed out, none made or lost
        seen.add(tuple(given))
    assert len(seen) > 5


def test_load_counts_every_choice():
    experts = np.array([[[0, 1], [0, 2]], [[0, 1], [0, 1]]], np.int16)  # (layers, tokens, choices)
    assert counting.load(experts, 5).tolist() == [0.5, 0.375, 0.125, 0, 0]
