"""Golden values for @attnlab/linalg, from numpy and scipy; Bregman divergences from 60-digit decimal arithmetic.

Run with Debian's python3 (numpy, scipy):  python3 tooling/goldens/linalg/linalg.py
Writes packages/linalg/test/golden/linalg.json.
"""

import json
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
import scipy
import scipy.special as sp

OUT = Path(__file__).resolve().parents[3] / "packages" / "linalg" / "test" / "golden" / "linalg.json"
SEED = 20240611
getcontext().prec = 60


def dec_power(v, e):
    return (e * v.ln()).exp() if v > 0 else Decimal(0)


def bregman(a, b, p):
    """(1/p)||a||_p^p + ((p-1)/p)||b||_p^p - <sign(b)|b|^{p-1}, a>, each operation to 60 digits."""
    p = Decimal(p)
    total = Decimal(0)
    for x, y in zip(map(Decimal, a), map(Decimal, b)):
        sign = 1 if y > 0 else -1 if y < 0 else 0
        total += dec_power(abs(x), p) / p + (p - 1) / p * dec_power(abs(y), p) - sign * dec_power(abs(y), p - 1) * x
    return float(total)


def directional(a, b, p):
    p_ = Decimal(p)
    a, b = [Decimal(x) for x in a], [Decimal(x) for x in b]

    def norm(v):
        return dec_power(sum(dec_power(abs(x), p_) for x in v), 1 / p_)

    na, nb = norm(a), norm(b)
    inner = Decimal(0)
    for x, y in zip(a, b):
        sign = 1 if y > 0 else -1 if y < 0 else 0
        inner += sign * dec_power(abs(y) / nb, p_ - 1) * x / na
    return float(1 - inner)


def main():
    rng = np.random.default_rng(SEED)
    x = rng.normal(size=13)
    y = rng.normal(size=13)
    near = x * (1 + 1e-7 * rng.normal(size=13))
    ps = [0.5, 1.0, 1.1, 1.75, 2.0, 3.0, 11.0, np.inf]
    A = rng.normal(size=(11, 5))
    low = rng.normal(size=(7, 2)) @ rng.normal(size=(2, 5))
    S = rng.normal(size=(7, 7))
    spd = S @ S.T
    b11, b7 = rng.normal(size=11), rng.normal(size=7)
    lower = np.linalg.cholesky(spd)
    _, sigma, _ = np.linalg.svd(A)
    golden = {
        "producer": f"numpy {np.__version__} and scipy {scipy.__version__}; Python decimal with 60 digits",
        "script": "tooling/goldens/linalg/linalg.py",
        "seed": SEED,
        "x": x.tolist(),
        "y": y.tolist(),
        "near": near.tolist(),
        "norms": [{"p": "Infinity" if p == np.inf else p, "norm": float(np.sum(np.abs(x) ** p) ** (1 / p)) if p < np.inf else float(np.abs(x).max())} for p in ps],
        "bregman": [
            {"p": p, "apart": bregman(x, y, p), "near": bregman(x, near, p), "directional": directional(x, y, p), "directionalNear": directional(x, near, p)}
            for p in (1.1, 1.75, 2.0, 3.0, 6.5)
        ],
        "entropy": {"potential": float(-np.sum(sp.entr(np.abs(x)))), "divergence": float(np.sum(sp.kl_div(np.abs(x), np.abs(y))))},
        "A": A.ravel().tolist(),
        "b11": b11.tolist(),
        "singularValues": sigma.tolist(),
        "nuclear": float(np.linalg.norm(A, "nuc")),
        "spectral": float(np.linalg.norm(A, 2)),
        "condition": float(np.linalg.cond(A)),
        "leastSquares": np.linalg.lstsq(A, b11, rcond=None)[0].tolist(),
        "low": low.ravel().tolist(),
        "b7": b7.tolist(),
        "leastSquaresLow": (np.linalg.pinv(low, rcond=1e-12) @ b7).tolist(),
        "S": S.ravel().tolist(),
        "solve": np.linalg.solve(S, b7).tolist(),
        "determinant": float(np.linalg.det(S)),
        "spd": spd.ravel().tolist(),
        "lower": lower.ravel().tolist(),
        "logDeterminant": float(np.linalg.slogdet(spd)[1]),
        "eigenvalues": np.linalg.eigvalsh((S + S.T) / 2).tolist(),
        "correlation": np.corrcoef(A, rowvar=False).ravel().tolist(),
        "product": (A.T @ A).ravel().tolist(),
    }
    OUT.write_text(json.dumps(golden) + "\n")


main()
