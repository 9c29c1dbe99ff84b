"""Classical methods on the least-squares problems of prompts in NumPy, with literal formulas: writes
packages/optimizers/test/golden/in-context-iterates.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/optimizers/in_context_iterates.py
"""

import json
from pathlib import Path

import numpy as np

SEED = 31
BATCH, EXAMPLES, DIM, STEPS, ETA, BETA = 3, 11, 5, 6, 0.02, 0.7
rng = np.random.RandomState(SEED)
X = rng.randn(BATCH, EXAMPLES + 1, DIM)
W = rng.randn(BATCH, DIM)
Y = np.einsum("btd,bd->bt", X, W)
prompts = np.concatenate([X, np.where(np.arange(EXAMPLES + 1) < EXAMPLES, Y, 0)[:, :, None]], 2)


def run(method, examples, mean):
    out = np.zeros((BATCH, STEPS + 1, DIM))
    for b in range(BATCH):
        x, y = X[b, :examples], Y[b, :examples]
        factor = 1 / examples if mean else 1.0
        grad = lambda w: factor * x.T @ (x @ w - y)
        w, v, s, size = np.zeros(DIM), np.zeros(DIM), None, None
        for k in range(STEPS):
            if method == "gradient-descent":
                w = w - ETA * grad(w)
            elif method == "momentum":
                v = BETA * v - ETA * grad(w)
                w = w + v
            elif method == "nesterov":
                after = v - ETA * grad(v)
                v = after + BETA * (after - w)
                w = after
            elif k < DIM:  # exact from here on
                g = grad(w)
                s = -g if s is None else -g + (g @ g) / size * s
                w = w + (g @ g) / (s @ (factor * x.T @ x) @ s) * s
                size = g @ g
            out[b, k + 1] = w
    return {"method": method, "examples": examples, "gradient": "mean" if mean else "sum", "weights": out.ravel().tolist(),
            "predictions": np.einsum("bkd,bd->bk", out, X[:, -1]).ravel().tolist()}


golden = {
    "producer": f"numpy {np.__version__}",
    "script": "tooling/goldens/optimizers/in_context_iterates.py",
    "seed": SEED,
    "steps": STEPS,
    "learningRate": ETA,
    "momentum": BETA,
    "prompts": {"shape": list(prompts.shape), "values": prompts.ravel().tolist()},
    "cases": [run(m, e, mean) for m in ("gradient-descent", "momentum", "nesterov", "conjugate-gradient") for e, mean in ((11, True), (10, False))],
}
Path("packages/optimizers/test/golden/in-context-iterates.json").write_text(json.dumps(golden) + "\n")
