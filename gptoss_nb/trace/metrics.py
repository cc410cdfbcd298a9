"""Measures over routing, each with the baseline that chance gives. numpy only. Called by nano.evaluate and by users."""

import numpy as np


def mutual_information(labels: np.ndarray, experts: np.ndarray, n_experts: int) -> float:
    """I(label; expert) in bits, from one label and A chosen experts a token; each choice counts as one observation.

    labels (T,) whole numbers, experts (T, A). Source: the plug-in estimate over the joint counts (Cover and Thomas).
    """
    joint = np.zeros((int(labels.max()) + 1, n_experts))
    np.add.at(joint, (np.repeat(labels, experts.shape[1]), experts.ravel()), 1)
    joint /= joint.sum()
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log2(joint[seen] / apart[seen])).sum())


def shuffled(labels: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Labels handed out anew over whole groups (the texts that tokens belong to): tokens of one text are no independent
    observations, so a baseline that shuffles single tokens would be too low. labels and groups (T,); one label a group."""
    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    return rng.permutation(labels[first])[member]


def load(experts: np.ndarray, n_experts: int) -> np.ndarray:
    """(E,) share of all choices that went to each expert; 1 / E each is balance. experts (..., A)."""
    return np.bincount(experts.ravel(), minlength=n_experts) / experts.size
