"""Golden points of regularization paths, by cvxopt's solver for smooth convex programs, polished on their optimality conditions by scipy.

Run with Debian's python3 (numpy, scipy, cvxopt):  python3 tooling/goldens/svm/regularization-path.py
Writes packages/svm/test/golden/regularization-path.json.
"""

import json
from pathlib import Path

import cvxopt
import numpy as np
import scipy
from cvxopt import matrix, solvers
from scipy.optimize import root

OUT = Path(__file__).resolve().parents[3] / "packages" / "svm" / "test" / "golden"
SEED = 20240812
solvers.options.update(show_progress=False, abstol=1e-11, reltol=1e-11, feastol=1e-11, maxiters=200)


def loss_terms(A, w, loss):
    """Mean loss, gradient, Hessian."""
    m = A @ w
    if loss == "exponential":
        value = slope = curve = np.exp(-m)
    else:
        value = np.logaddexp(0, -m)
        slope = 1 / (1 + np.exp(m))
        curve = slope * (1 - slope)
    n = len(m)
    return value.mean(), -A.T @ slope / n, (A.T * curve) @ A / n


def point(A, loss, p, R):
    N = A.shape[1]
    start = A.mean(axis=0)
    start = 0.5 * R * start / np.linalg.norm(start, p)

    # In units of R, so that cvxopt's absolute tolerances fit.
    def F(x=None, z=None):
        if x is None:
            return 1, matrix(start / R)
        x = np.array(x).ravel()
        f, g, H = loss_terms(A, R * x, loss)
        values = matrix([f, np.sum(np.abs(x) ** p) - 1])
        first = matrix(np.vstack([R * g, p * np.sign(x) * np.abs(x) ** (p - 1)]))
        if z is None:
            return values, first
        return values, first, matrix(z[0] * R * R * H + z[1] * np.diag(p * (p - 1) * np.abs(x) ** (p - 2)))

    sol = solvers.cp(F)
    x = np.array(sol["x"]).ravel()
    x /= np.linalg.norm(x, p)
    start_g = R * loss_terms(A, R * x, loss)[1]

    def conditions(u):
        x, multiplier = u[:N], u[N]
        return np.append(R * loss_terms(A, R * x, loss)[1] + multiplier * np.sign(x) * np.abs(x) ** (p - 1), np.sum(np.abs(x) ** p) - 1)

    w = R * root(conditions, np.append(x, np.linalg.norm(start_g, p / (p - 1))), tol=1e-15).x[:N]
    w *= R / np.linalg.norm(w, p)
    f, g, _ = loss_terms(A, w, loss)
    q = p / (p - 1)
    gap = R * np.linalg.norm(g, q) + g @ w
    print(loss, p, R, sol["status"], f, "bound on the excess", gap)
    assert abs(gap) < 1e-14
    return {"loss": loss, "p": p, "radius": R, "w": w.tolist(), "value": float(f)}


def polyhedral_point(A, loss, p, R):
    """p = 1 with w split into two non-negative parts, p = inf as a box: linear constraints; then Newton's method on the identified face."""
    N = A.shape[1]
    split = np.hstack([np.eye(N), -np.eye(N)]) if p == 1 else np.eye(N)
    n = split.shape[1]
    if p == 1:
        G, h = np.vstack([-np.eye(n), np.ones((1, n))]), np.append(np.zeros(n), 1.0)
        start = np.full(n, 0.5 / n)
    else:
        G, h = np.vstack([np.eye(n), -np.eye(n)]), np.ones(2 * n)
        start = np.zeros(n)

    def F(x=None, z=None):
        if x is None:
            return 0, matrix(start)
        f, g, H = loss_terms(A @ split, R * np.array(x).ravel(), loss)
        if z is None:
            return matrix([f]), matrix(R * g).T
        return matrix([f]), matrix(R * g).T, matrix(z[0] * R * R * H)

    sol = solvers.cp(F, matrix(G), matrix(h))
    w = R * (split @ np.array(sol["x"]).ravel())
    if p == 1:
        free = np.abs(w) > 1e-6 * R
        signs = np.sign(w) * free
        w[~free] = 0
        w *= R / np.abs(w).sum()
    else:
        free = np.abs(w) < R * (1 - 1e-6)
        signs = np.zeros(N)
        w[~free] = R * np.sign(w[~free])
    k = free.sum()
    for _ in range(20 if k else 0):
        _, g, H = loss_terms(A, w, loss)
        if p == 1:
            s = signs[free][:, None]
            K = np.block([[H[np.ix_(free, free)], s], [s.T, np.zeros((1, 1))]])
            w[free] += np.linalg.solve(K, np.append(-g[free], R - np.abs(w).sum()))[:k]
        else:
            w[free] += np.linalg.solve(H[np.ix_(free, free)], -g[free])
    f, g, _ = loss_terms(A, w, loss)
    gap = R * np.linalg.norm(g, np.inf if p == 1 else 1) + g @ w
    print(loss, p, R, sol["status"], f, "free", k, "bound on the excess", gap)
    assert abs(gap) < 1e-14
    return {"loss": loss, "p": 1 if p == 1 else "Infinity", "radius": R, "w": w.tolist(), "value": float(f)}


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for name, m, n in [("separable", 11, 5), ("overlapping", 29, 3)]:
        A = rng.normal(size=(m, n))
        if name == "separable":
            A[A @ np.ones(n) < 0] *= -1
        else:
            A += 0.3
        points = [point(A, loss, p, R) for loss in ("logistic", "exponential") for p in (1.5, 2.0, 4.0) for R in (0.1, 0.5, 2.0) if name == "separable" or R < 0.3]
        points += [polyhedral_point(A, loss, p, R) for loss in ("logistic", "exponential") for p in (1, np.inf) for R in (0.1, 0.5, 2.0) if name == "separable" or R < 0.3]
        cases.append({"name": name, "m": m, "n": n, "rows": A.ravel().tolist(), "points": points})
    golden = {
        "producer": f"cvxopt {cvxopt.__version__}, polished with scipy {scipy.__version__}; data by numpy {np.__version__}",
        "script": "tooling/goldens/svm/regularization-path.py",
        "seed": SEED,
        "cases": cases,
    }
    (OUT / "regularization-path.json").write_text(json.dumps(golden) + "\n")


main()
