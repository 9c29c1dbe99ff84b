"""The attention classifier in NumPy, outputs and closed-form gradients: writes packages/models/test/golden/attention-classifier.json.

Gradients of the mean logistic loss, by the formulas of the paper's specification in extended precision, with the softmax
gradient as a sum of differences, which loses nothing when one weight is nearly 1.

Run from the repository root: /usr/bin/python3 tooling/goldens/models/attention_classifier.py
"""

import json
from pathlib import Path

import numpy as np

SEED = 11
RUNS, SAMPLES, TOKENS, DIM = 3, 5, 7, 4
LONG = np.longdouble

rng = np.random.RandomState(SEED)


def draw(*shape):
    return rng.randn(*shape).astype(np.float64)


def one_run(tokens, query, labels, key_query, head):
    X, z, y, W, v = (a.astype(LONG) for a in (tokens, query, labels, key_query, head))
    outputs, weights = [], []
    grad_w, grad_v = np.zeros_like(W), np.zeros_like(v)
    for i in range(SAMPLES):
        scores = X[i] @ W @ z[i]
        e = np.exp(scores - scores.max())
        a = e / e.sum()
        h = X[i] @ v
        f = a @ h
        slope = -1 / (1 + np.exp(y[i] * f)) * y[i] / SAMPLES
        c = np.array([a[t] * sum(a[s] * (h[t] - h[s]) for s in range(TOKENS)) for t in range(TOKENS)])
        grad_w += slope * np.outer(X[i].T @ c, z[i])
        grad_v += slope * X[i].T @ a
        outputs.append(f)
        weights.append(a)
    return outputs, weights, grad_w, grad_v


def harden(tokens, query, key_query, gap):
    """Scales every query so that its best token leads by `gap`: all weights but one are below exp(-gap)."""
    for r in range(RUNS):
        for i in range(SAMPLES):
            scores = np.sort(tokens[r, i] @ key_query[r] @ query[r, i])
            query[r, i] *= gap / (scores[-1] - scores[-2])


def case(name, gap=None):
    tokens, query = draw(RUNS, SAMPLES, TOKENS, DIM), draw(RUNS, SAMPLES, DIM)
    labels = np.where(draw(RUNS, SAMPLES) > 0, 1.0, -1.0)
    key_query, head = 0.5 * draw(RUNS, DIM, DIM), draw(RUNS, DIM)
    if gap:
        harden(tokens, query, key_query, gap)
    results = [one_run(tokens[r], query[r], labels[r], key_query[r], head[r]) for r in range(RUNS)]
    values = dict(tokens=tokens, query=query, labels=labels, keyQuery=key_query, head=head)
    for name_, k in (("outputs", 0), ("weights", 1), ("keyQueryGradient", 2), ("headGradient", 3)):
        values[name_] = np.array([result[k] for result in results])
    return {"name": name, **{key: {"shape": list(a.shape), "values": a.astype(float).ravel().tolist()} for key, a in values.items()}}


golden = {
    "producer": f"numpy {np.__version__}",
    "script": "tooling/goldens/models/attention_classifier.py",
    "seed": SEED,
    "cases": [case("mixed attention"), case("hard attention", 45.0)],
}
Path("packages/models/test/golden/attention-classifier.json").write_text(json.dumps(golden) + "\n")
