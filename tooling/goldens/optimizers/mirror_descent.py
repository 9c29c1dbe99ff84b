"""Mirror descent and the sign and normalised methods in NumPy: writes packages/optimizers/test/golden/mirror-descent.json.

Straight from the formulas, one run at a time, with the norm that NumPy computes.

Run from the repository root: /usr/bin/python3 tooling/goldens/optimizers/mirror_descent.py
"""

import json
from pathlib import Path

import numpy as np

SEED = 3
STEPS = 25
SHAPE = (4, 3)
RUNS = 3

rng = np.random.RandomState(SEED)
start = rng.randn(RUNS, *SHAPE)
positive = rng.rand(RUNS, *SHAPE) + 0.25
# Runs differ in scale, so that a norm over all of them would show.
grads = rng.randn(STEPS, RUNS, *SHAPE) * np.array([0.01, 1.0, 20.0])[:, None, None]


def phi(w, p):
    return np.sign(w) * np.abs(w) ** (p - 1)


def phi_inverse(u, p):
    return np.sign(u) * np.abs(u) ** (1 / (p - 1))


def norm(g, q):
    return np.linalg.norm(g.ravel(), q)


def lp(p, rate, normalized, mode):
    q = p / (p - 1)
    trajectory = []
    w = start.copy()
    dual = phi(start, p)
    for g in grads:
        for run in range(RUNS):
            step = g[run]
            if normalized:
                step = step / (norm(step, q) + (2.22e-16 if mode == "authors" else 0))
            before = phi(w[run], p) if mode == "authors" else dual[run]
            dual[run] = before - rate * step
            w[run] = phi_inverse(dual[run], p)
        trajectory.append(w.ravel().tolist())
    return trajectory


def simple(update, first):
    w = first.copy()
    trajectory = []
    memory = {}
    for g in grads:
        w = np.stack([update(w[run], g[run], memory.setdefault(run, {})) for run in range(RUNS)])
        trajectory.append(w.ravel().tolist())
    return trajectory


def sign_step(w, g, _):
    return w - 0.05 * np.sign(g)


def signum_step(w, g, memory):
    memory["m"] = 0.7 * memory.get("m", 0) + 0.3 * g
    return w - 0.05 * np.sign(memory["m"])


def normalized_step(w, g, _):
    return w - 0.05 * g / norm(g, 2)


def entropy_step(w, g, _):
    return w * np.exp(-0.02 * g)


def simplex_step(w, g, _):
    grown = w / w.sum(-1, keepdims=True) * np.exp(-0.02 * g)
    return grown / grown.sum(-1, keepdims=True)


def p_norm_link(x, p):
    return np.sign(x) * np.abs(x) ** (p - 1) * norm(x, p) ** (2 - p)


def p_norm_step(w, g, _):
    return p_norm_link(p_norm_link(w, 3) - 0.02 * g, 1.5)


golden = {
    "producer": f"numpy {np.__version__}",
    "script": "tooling/goldens/optimizers/mirror_descent.py",
    "seed": SEED,
    "shape": [RUNS, *SHAPE],
    "start": start.ravel().tolist(),
    "positive": positive.ravel().tolist(),
    "grads": [g.ravel().tolist() for g in grads],
    "lp": [
        {"p": p, "rate": rate, "normalized": normalized, "mode": mode, "trajectory": lp(p, rate, normalized, mode)}
        for p, rate in [(1.1, 0.02), (1.5, 0.1), (1.75, 0.1), (2, 0.1), (3, 0.1)]
        for normalized in [False, True]
        for mode in ["stable", "authors"]
        # The tenth power of the dual variable leaves every scale when the gradients are not normalised.
        if p > 1.1 or normalized
    ],
    "others": {
        "signDescent": simple(sign_step, start),
        "signum": simple(signum_step, start),
        "normalizedGradientDescent": simple(normalized_step, start),
        "entropy": simple(entropy_step, positive),
        "simplex": simple(simplex_step, positive),
        "pNorm": simple(p_norm_step, start),
    },
}
Path("packages/optimizers/test/golden/mirror-descent.json").write_text(json.dumps(golden) + "\n")
