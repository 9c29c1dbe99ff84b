"""Golden solutions of lp hard-margin problems, from cvxopt, polished on its active set by scipy.

Run with Debian's python3 (numpy, scipy, cvxopt, torch):  python3 tooling/goldens/svm/hard-margin.py
Writes packages/svm/test/golden/{hard-margin,attention-svm}.json.
"""

import json
from pathlib import Path

import cvxopt
import numpy as np
import scipy
import torch
from cvxopt import matrix, solvers
from scipy.optimize import root

OUT = Path(__file__).resolve().parents[3] / "packages" / "svm" / "test" / "golden"
SEED = 20240607
solvers.options.update(show_progress=False, abstol=1e-11, reltol=1e-11, feastol=1e-11, maxiters=300)


def power(v, e):
    return np.sign(v) * np.abs(v) ** e


def by_dual(A, b, p):
    """p <= 2: min (1/q)||A'l||_q^q - b'l over l >= 0, twice differentiable because q >= 2."""
    q = p / (p - 1)
    m = A.shape[0]

    def F(x=None, z=None):
        if x is None:
            return 0, matrix(1.0 / m, (m, 1))
        lam = np.array(x).ravel()
        u = A.T @ lam
        f = np.sum(np.abs(u) ** q) / q - b @ lam
        g = A @ power(u, q - 1) - b
        if z is None:
            return matrix(f), matrix(g).T
        H = z[0] * (q - 1) * (A * np.abs(u) ** (q - 2)) @ A.T
        return matrix(f), matrix(g).T, matrix(H)

    r = solvers.cp(F, G=matrix(-np.eye(m)), h=matrix(np.zeros(m)))
    return np.array(r["x"]).ravel()


def by_primal(A, b, p):
    """p > 2: min (1/p)||w||_p^p over A w >= b, twice differentiable in w; its multipliers are the same l."""
    n = A.shape[1]
    start = np.linalg.lstsq(A, b, rcond=None)[0]

    def F(x=None, z=None):
        if x is None:
            return 0, matrix(start)
        w = np.array(x).ravel()
        f = np.sum(np.abs(w) ** p) / p
        g = power(w, p - 1)
        if z is None:
            return matrix(f), matrix(g).T
        return matrix(f), matrix(g).T, matrix(np.diag(z[0] * (p - 1) * np.abs(w) ** (p - 2)))

    r = solvers.cp(F, G=matrix(-A), h=matrix(-b))
    return np.array(r["zl"]).ravel(), np.array(r["x"]).ravel()


def polish_dual(A, b, p, lam):
    """p <= 2: solves A phi^{-1}(A'l) = b for the active rows."""
    q = p / (p - 1)
    size = lam.max()
    r = root(
        lambda l: A @ power(A.T @ (l * size), q - 1) - b,
        lam / size,
        jac=lambda l: size * (q - 1) * (A * np.abs(A.T @ (l * size)) ** (q - 2)) @ A.T,
        tol=1e-15,
    )
    return r.x * size, power(A.T @ (r.x * size), q - 1)


def polish_both(A, b, p, lam, w):
    """p > 2: solves phi(w) = A'l and A w = b for the active rows."""
    n, size = A.shape[1], lam.max()

    def conditions(x):
        return np.concatenate([power(x[:n], p - 1) - A.T @ (x[n:] * size), A @ x[:n] - b])

    def jacobian(x):
        top = np.hstack([np.diag((p - 1) * np.abs(x[:n]) ** (p - 2)), -size * A.T])
        return np.vstack([top, np.hstack([A, np.zeros((len(A), len(A)))])])

    r = root(conditions, np.concatenate([w, lam / size]), jac=jacobian, tol=1e-15)
    return r.x[n:] * size, r.x[:n]


def solve(A, b, p):
    # cvxopt's tolerances are absolute: the right-hand side is scaled so that the weights have length 1.
    scale = np.linalg.norm(A.T @ by_dual(A, b, 2.0))
    solution = solve_scaled(A, b / scale, p)
    solution["w"] = [scale * v for v in solution["w"]]
    solution["norm"] *= scale
    return solution


def solve_scaled(A, b, p):
    if p <= 2:
        lam, w = by_dual(A, b, p), None
    else:
        lam, w = by_primal(A, b, p)
    q = p / (p - 1)
    active = np.flatnonzero(lam > 1e-6 * lam.max())
    As, bs = A[active], b[active]
    l, w = polish_dual(As, bs, p, lam[active]) if p <= 2 else polish_both(As, bs, p, lam[active], w)
    full = np.zeros(len(b))
    full[active] = l
    assert l.min() > 0, (p, l.min())
    assert np.min(A @ w - b) > -1e-11, (p, np.min(A @ w - b))
    norm = np.linalg.norm(w, p)
    bound = b @ full / np.linalg.norm(A.T @ full, q)
    assert abs(norm - bound) < 1e-12 * norm, (p, norm, bound)
    return {
        "p": p,
        "w": w.tolist(),
        "dual": (full / np.linalg.norm(A.T @ full, q)).tolist(),
        "norm": float(norm),
        "active": active.tolist(),
    }


def random_problems():
    rng = np.random.default_rng(SEED)
    cases = []
    for name, m, n, margin in [("wide", 7, 19, None), ("square", 11, 11, None), ("tall", 53, 5, 0.05), ("mid", 31, 13, 0.1)]:
        A = rng.normal(size=(m, n))
        if margin is not None:
            direction = rng.normal(size=n)
            direction /= np.linalg.norm(direction)
            side = A @ direction
            A[side < 0] *= -1
            A += np.outer(np.maximum(0, margin - np.abs(side)), direction)
        b = rng.uniform(0.5, 2, size=m) if name == "mid" else np.ones(m)
        cases.append({"name": name, "m": m, "n": n, "rows": A.ravel().tolist(), "rhs": b.tolist(), "solutions": [solve(A, b, p) for p in (1.3, 1.5, 1.75, 2.0, 3.0, 4.5)]})
    return cases


def attention_rows(X, Z, alpha):
    return np.array([np.outer(X[i, alpha[i]] - X[i, t], Z[i]).ravel() for i in range(len(alpha)) for t in range(X.shape[1]) if t != alpha[i]])


def synthetic(seed, n=6, T=8, d=10):
    """The data generator of the paper's synthetic experiments: float32 draws in this order, unit length, widened to float64."""
    torch.manual_seed(seed)
    v, y, X, Z = torch.randn(d), torch.randn(n), torch.randn(n, T, d), torch.randn(n, d)
    y = torch.where(y > 0, 1.0, -1.0)
    v, X, Z = v / v.norm(), X / X.norm(dim=-1, keepdim=True), Z / Z.norm(dim=-1, keepdim=True)
    return [t.double().numpy() for t in (v, y, X, Z)]


def head(seed):
    return {
        "producer": f"cvxopt {cvxopt.__version__}, polished with scipy {scipy.__version__}; data by numpy {np.__version__} and torch {torch.__version__}",
        "script": "tooling/goldens/svm/hard-margin.py",
        "seed": seed,
    }


def main():
    (OUT / "hard-margin.json").write_text(json.dumps({**head(SEED), "cases": random_problems()}) + "\n")
    v, y, X, Z = synthetic(1)
    gamma = y[:, None] * (X @ v)
    alpha = gamma.argmax(axis=1)
    A = attention_rows(X, Z, alpha)
    runs = [solve(A, np.ones(len(A)), p) for p in (1.1, 1.75, 2.0, 3.0)]
    for r in runs:
        print(r["p"], r["norm"], int(np.sum(A @ np.array(r["w"]) < 1 + 1e-6)))
    print(y, alpha)
    attention = {
        "v": v.tolist(),
        "labels": y.tolist(),
        "tokens": X.ravel().tolist(),
        "queries": Z.ravel().tolist(),
        "gamma": gamma.ravel().tolist(),
        "optimal": alpha.tolist(),
        "solutions": runs,
    }
    (OUT / "attention-svm.json").write_text(json.dumps({**head(1), **attention}) + "\n")


main()
