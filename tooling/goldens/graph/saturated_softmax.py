"""Softmax gradients far into saturation, in 400 digits: writes packages/graph/test/golden/saturated-softmax.json.

Scores are float64; the largest leads the others by up to 92 = 40 ln 10, so that 1 - y_k falls to 1e-40 and below.
`gradient` is c = y (g - sum(y g)); `second` is the gradient of sum(w c) with respect to the scores, by differences in 400 digits.

Run from the repository root: /usr/bin/python3 tooling/goldens/graph/saturated_softmax.py
"""

import json
import random
from pathlib import Path

import mpmath
from mpmath import mpf

SEED = 7
mpmath.mp.dps = 400
random.seed(SEED)


def softmax(scores):
    exponentials = [mpmath.exp(s) for s in scores]
    total = sum(exponentials)
    return [e / total for e in exponentials]


def gradient(scores, g):
    y = softmax(scores)
    mean = sum(a * b for a, b in zip(y, g))
    return [a * (b - mean) for a, b in zip(y, g)]


def second(scores, g, w):
    step = mpf(10) ** -40
    value = lambda s: sum(a * b for a, b in zip(w, gradient(s, g)))
    move = lambda i, h: [s + (h if j == i else 0) for j, s in enumerate(scores)]
    return [(value(move(i, step)) - value(move(i, -step))) / (2 * step) for i in range(len(scores))]


cases = []
for lead in [0, 5, 37, 40, 92.1034, 300]:
    scores = [random.uniform(-1, 1) for _ in range(7)]
    scores[4] += lead
    g = [random.uniform(-2, 2) for _ in range(7)]
    w = [random.uniform(-2, 2) for _ in range(7)]
    exact = [[mpf(v) for v in values] for values in (scores, g, w)]
    y = softmax(exact[0])
    cases.append(
        {
            "lead": lead,
            "remainder": float(sum(y[:4]) + sum(y[5:])),
            "scores": scores,
            "g": g,
            "w": w,
            "gradient": [float(v) for v in gradient(*exact[:2])],
            "second": [float(v) for v in second(*exact)],
        }
    )
golden = {
    "producer": f"mpmath {mpmath.__version__}",
    "script": "tooling/goldens/graph/saturated_softmax.py",
    "seed": SEED,
    "cases": cases,
}
Path("packages/graph/test/golden/saturated-softmax.json").write_text(json.dumps(golden) + "\n")
