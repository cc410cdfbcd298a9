"""Counts over chosen experts, as plain arrays: who was chosen, with whom, after whom, for what. numpy only.

Called by metrics, which adds intervals and baselines, and by nano's anatomy. T tokens, A choices a token, E experts.
"""

import numpy as np


def usage(experts: np.ndarray, n_experts: int) -> np.ndarray:
    """(T, E) float32, 1 where a token went to an expert. experts (T, A)."""
    used = np.zeros((len(experts), n_experts), np.float32)
    np.put_along_axis(used, experts.astype(np.intp), 1, axis=1)
    return used


def load(experts: np.ndarray, n_experts: int) -> np.ndarray:
    """(E,) share of all choices that went to each expert; 1 / E each is balance. experts (..., A)."""
    return np.bincount(experts.ravel(), minlength=n_experts) / experts.size


def joint(labels: np.ndarray, experts: np.ndarray, n_labels: int, n_experts: int) -> np.ndarray:
    """(labels, E) how often a token of each label went to each expert. labels (T,), experts (T, A)."""
    place = labels[:, None].astype(np.intp) * n_experts + experts
    return np.bincount(place.ravel(), minlength=n_labels * n_experts).reshape(n_labels, n_experts)


def information(counts: np.ndarray) -> float:
    """Mutual information in bits of two variables with these joint counts (the plug-in estimate, Cover and Thomas)."""
    shares = counts / counts.sum()
    apart = shares.sum(1, keepdims=True) * shares.sum(0, keepdims=True)
    seen = shares > 0
    return float((shares[seen] * np.log2(shares[seen] / apart[seen])).sum())


def mutual_information(labels: np.ndarray, experts: np.ndarray, n_experts: int) -> float:
    """I(label; expert) in bits; each choice counts as one observation. labels (T,) whole numbers, experts (T, A)."""
    return information(joint(labels, experts, int(labels.max()) + 1, n_experts))


def shuffled(labels: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Labels handed out anew over whole groups (the texts that tokens belong to): tokens of one text are no independent
    observations, so a baseline that shuffles single tokens would be too low. labels and groups (T,); one label a group."""
    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    return rng.permutation(labels[first])[member]


def entropy(shares: np.ndarray) -> np.ndarray:
    """In bits, of distributions along the last axis."""
    logs = np.log2(shares, where=shares > 0, out=np.zeros_like(shares))
    return -(shares * logs).sum(-1)


def random_counts(n_tokens: int, n_active: int, n_experts: int, rng: np.random.Generator) -> np.ndarray:
    """(E,) how often each expert is chosen by a router without preferences, no token choosing one twice."""
    counts = np.zeros(n_experts)
    for start in range(0, n_tokens, 4096):  # not all at once: a survey has millions of tokens
        noise = rng.random((min(4096, n_tokens - start), n_experts), np.float32)
        chosen = noise.argpartition(n_active - 1, axis=-1)[:, :n_active]
        counts += np.bincount(chosen.ravel(), minlength=n_experts)
    return counts


def exchanged(experts: np.ndarray, rng: np.random.Generator, rounds: int) -> np.ndarray:
    """(T, A) choices after rounds in which tokens, two by two, exchange one choice each, unless one of them would have an expert
    twice: who works with whom is shuffled, and every expert keeps its tokens' number."""
    experts, n = experts.copy(), len(experts) // 2
    for _ in range(rounds):
        order = rng.permutation(len(experts))
        a, b = order[:n], order[n : 2 * n]
        i, j = rng.integers(experts.shape[1], size=(2, n))
        x, y = experts[a, i], experts[b, j]
        free = ~((experts[a] == y[:, None]).any(1) | (experts[b] == x[:, None]).any(1))
        experts[a[free], i[free]], experts[b[free], j[free]] = y[free], x[free]
    return experts
