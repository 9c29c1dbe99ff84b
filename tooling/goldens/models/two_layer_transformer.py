"""The two-layer transformer in NumPy, outputs and closed-form gradients: writes packages/models/test/golden/two-layer-transformer.json.

Gradients of the mean logistic loss by the formulas of the product form, in extended precision: for every query patch l the derivative
with respect to the logit of key a is g p_l[a] sum_b p_l[b] (u_a - u_b), which for two patches is g p_l[1] p_l[2] (u_1 - u_2).

Run from the repository root: /usr/bin/python3 tooling/goldens/models/two_layer_transformer.py
"""

import json
from pathlib import Path

import numpy as np

SEED = 29
LONG = np.longdouble
rng = np.random.RandomState(SEED)


def case(name, samples, patches, dim, key_dim, neurons, scale):
    X = rng.randn(samples, patches, dim)
    y = np.where(rng.rand(samples) < 0.5, 1.0, -1.0)
    query, key = scale * rng.randn(key_dim, dim), scale * rng.randn(key_dim, dim)
    value = 0.3 * rng.randn(2, neurons, dim)
    x, wq, wk, wv = (a.astype(LONG) for a in (X, query, key, value))
    v = wv[0].mean(0) - wv[1].mean(0)
    outputs, attention = [], []
    grad_q, grad_k, grad_v = np.zeros_like(wq), np.zeros_like(wk), np.zeros_like(wv)
    for i in range(samples):
        q, k, u = x[i] @ wq.T, x[i] @ wk.T, x[i] @ v
        z = q @ k.T
        p = np.exp(z - z.max(1, keepdims=True))
        p = p / p.sum(1, keepdims=True)
        F = (p @ u).sum()
        g = -y[i] / (1 + np.exp(y[i] * F)) / samples
        for j, sign in ((0, 1), (1, -1)):
            grad_v[j] += sign * g * (p.sum(0) @ x[i]) / neurons
        for l in range(patches):
            dz = np.array([g * p[l, a] * sum(p[l, b] * (u[a] - u[b]) for b in range(patches)) for a in range(patches)])
            grad_q += np.outer(dz @ k, x[i, l])
            grad_k += np.outer(q[l], dz @ x[i])
        outputs.append(F)
        attention.append(p)
    values = dict(patches=X, labels=y, query=query, key=key, value=value, outputs=np.array(outputs), attention=np.array(attention))
    values.update(queryGradient=grad_q, keyGradient=grad_k, valueGradient=grad_v)
    return {"name": name, **{n: {"shape": list(a.shape), "values": a.astype(float).ravel().tolist()} for n, a in values.items()}}


golden = {
    "producer": f"numpy {np.__version__}",
    "script": "tooling/goldens/models/two_layer_transformer.py",
    "seed": SEED,
    "cases": [
        case("two patches", 5, 2, 7, 3, 11, 0.5),
        case("four patches", 3, 4, 7, 5, 2, 0.4),
        case("two patches, saturated attention", 5, 2, 7, 3, 2, 2.6),
        case("one sample, saturated attention", 1, 2, 7, 5, 2, 3.0),
    ],
}
Path("packages/models/test/golden/two-layer-transformer.json").write_text(json.dumps(golden) + "\n")
