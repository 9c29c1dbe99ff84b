"""Golden values of projections, proximal operators, non-negative least squares and decompositions of @attnlab/linalg.

Projections and proximal operators come from their optimality conditions, solved by nested bisection in 40-digit arithmetic (mpmath): no
sorting, no Newton, nothing in common with the code tested. The rest comes from numpy and scipy.

Run with Debian's python3 (numpy, scipy, mpmath):  /usr/bin/python3 tooling/goldens/linalg/convex.py
Writes packages/linalg/test/golden/convex.json.
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
import scipy.linalg as sl
import scipy.optimize as so

OUT = Path(__file__).resolve().parents[3] / "packages" / "linalg" / "test" / "golden" / "convex.json"
SEED = 20241109
mp.mp.dps = 40
STEPS = 150


def bisect(increasing, low, high):
    """The zero of an increasing function; STEPS halvings leave 2^-STEPS of the bracket."""
    low, high = mp.mpf(low), mp.mpf(high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def element(c, mu, p):
    """w >= 0 with w + mu w^(p-1) = c."""
    return bisect(lambda w: w + mu * w ** (p - 1) - c, 0, c) if c > 0 else mp.mpf(0)


def norm(w, p):
    return sum(v**p for v in w) ** (1 / p)


def signed(x, magnitudes):
    return [float(mp.sign(v) * m) for v, m in zip(x, magnitudes)]


def project_lp(x, p, radius):
    p, c = mp.mpf(p), [abs(mp.mpf(v)) for v in x]
    if norm(c, p) <= radius:
        return [float(v) for v in x]
    high = mp.mpf(1)
    while norm([element(v, high, p) for v in c], p) > radius:
        high *= 4
    mu = bisect(lambda m: radius - norm([element(v, m, p) for v in c], p), 0, high)
    return signed(x, [element(v, mu, p) for v in c])


def project_l1(x, radius):
    c = [abs(mp.mpf(v)) for v in x]
    theta = bisect(lambda t: radius - sum(max(v - t, mp.mpf(0)) for v in c), 0, max(c))
    return signed(x, [max(v - theta, mp.mpf(0)) for v in c])


def project_simplex(x, weights, radius):
    x, a = [mp.mpf(v) for v in x], [mp.mpf(v) for v in weights]
    theta = bisect(lambda t: radius - sum(u * max(v - t * u, mp.mpf(0)) for v, u in zip(x, a)), -1000, 1000)
    return [float(max(v - theta * u, mp.mpf(0))) for v, u in zip(x, a)]


def prox_power(x, p, weight):
    p = mp.mpf(p)
    return signed(x, [element(abs(mp.mpf(v)), mp.mpf(weight), p) for v in x])


def prox_squared(x, p, weight):
    """The multiplier of w + mu w^(p-1) = c solves mu = weight N^(2-p) with N = ||w||_p; mu N^(p-2) increases with mu."""
    p, c = mp.mpf(p), [abs(mp.mpf(v)) for v in x]

    def excess(mu):
        return mu * norm([element(v, mu, p) for v in c], p) ** (p - 2) - weight

    high = mp.mpf(1)
    while excess(high) < 0:
        high *= 4
    mu = bisect(excess, 0, high)
    return signed(x, [element(v, mu, p) for v in c])


def main():
    rng = np.random.default_rng(SEED)
    x = 3 * rng.normal(size=7)
    weights = rng.uniform(0.2, 3, size=7)
    exponents = (1.05, 1.5, 1.75, 2.0, 3.0, 7.0)
    A = rng.normal(size=(7, 5))
    low = rng.normal(size=(7, 2)) @ rng.normal(size=(2, 5))
    square = rng.normal(size=(5, 5))
    symmetric = (square + square.T) / 2
    sigma = np.linalg.svd(A, compute_uv=False)
    nnls_a = rng.normal(size=(23, 11))
    nnls_b = rng.normal(size=23)
    nnls_x, nnls_norm = so.nnls(nnls_a, nnls_b)
    wide_a, wide_b = np.abs(rng.normal(size=(5, 13))), rng.uniform(1, 2, size=5)
    wide_x, wide_norm = so.nnls(wide_a, wide_b)
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    pivoted = sl.qr(low, mode="economic", pivoting=True)
    w, V = np.linalg.eigh(symmetric)
    B = rng.normal(size=(7, 5))
    UB, sB, VBt = np.linalg.svd(B, full_matrices=False)

    def schatten_divergence(p):
        return float((s**p).sum() / p + (p - 1) / p * (sB**p).sum() - np.trace((UB * sB ** (p - 1) @ VBt).T @ A))

    golden = {
        "producer": f"mpmath {mp.__version__} with 40 digits, numpy {np.__version__}, scipy {scipy.__version__}",
        "script": "tooling/goldens/linalg/convex.py",
        "seed": SEED,
        "x": x.tolist(),
        "weights": weights.tolist(),
        "lpBall": [{"p": p, "radius": r, "w": project_lp(x, p, r)} for p in exponents for r in (1.0, 0.01, 5.0)],
        "l1Ball": [{"radius": r, "w": project_l1(x, r)} for r in (0.5, 4.0)],
        "simplex": [{"radius": r, "w": project_simplex(x, np.ones(7), r), "weighted": project_simplex(x, weights, r)} for r in (1.0, 30.0)],
        "power": [{"p": p, "weight": t, "w": prox_power(x, p, t)} for p in exponents for t in (0.3, 20.0)],
        "squared": [{"p": p, "weight": t, "w": prox_squared(x, p, t)} for p in exponents for t in (0.3, 20.0)],
        "A": A.ravel().tolist(),
        "B": B.ravel().tolist(),
        "schatten": [{"p": p, "norm": float((sigma**p).sum() ** (1 / p)), "divergence": schatten_divergence(p)} for p in (1.5, 2.0, 3.0)],
        "induced1": float(np.linalg.norm(A, 1)),
        "inducedInfinity": float(np.linalg.norm(A, np.inf)),
        "frobenius": float(np.linalg.norm(A)),
        "nuclearProx": (U * np.maximum(s - 1.5, 0) @ Vt).ravel().tolist(),
        "pseudoInverse": np.linalg.pinv(A).ravel().tolist(),
        "low": low.ravel().tolist(),
        "pseudoInverseLow": np.linalg.pinv(low, rcond=1e-12).ravel().tolist(),
        "rankLow": int(np.linalg.matrix_rank(low)),
        "pivotedDiagonal": np.diag(pivoted[1])[:2].tolist(),
        "pivots": [int(v) for v in pivoted[2][:2]],
        "square": square.ravel().tolist(),
        "inverse": np.linalg.inv(square).ravel().tolist(),
        "determinant": float(np.linalg.det(square)),
        "slogdet": [float(v) for v in np.linalg.slogdet(square)],
        "condition": float(np.linalg.cond(square)),
        "symmetric": symmetric.ravel().tolist(),
        "semidefinite": (V * np.maximum(w, 0) @ V.T).ravel().tolist(),
        "exponential": sl.expm(symmetric).ravel().tolist(),
        "symmetricDeterminant": float(np.linalg.det(symmetric)),
        "nnls": {"a": nnls_a.ravel().tolist(), "b": nnls_b.tolist(), "x": nnls_x.tolist(), "norm": float(nnls_norm)},
        "nnlsWide": {"a": wide_a.ravel().tolist(), "b": wide_b.tolist(), "x": wide_x.tolist(), "norm": float(wide_norm)},
    }
    OUT.write_text(json.dumps(golden) + "\n")


main()
