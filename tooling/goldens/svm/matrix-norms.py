"""Golden solutions of hard-margin problems in the nuclear, spectral and Frobenius norms, by cvxopt's semidefinite solver.

Run with Debian's python3 (numpy, cvxopt):  python3 tooling/goldens/svm/matrix-norms.py
Writes packages/svm/test/golden/matrix-norms.json.
"""

import json
from pathlib import Path

import cvxopt
import numpy as np
from cvxopt import matrix, solvers

OUT = Path(__file__).resolve().parents[3] / "packages" / "svm" / "test" / "golden"
SEED = 20240811
solvers.options.update(show_progress=False, abstol=1e-10, reltol=1e-10, feastol=1e-10, maxiters=100)


def off_diagonal(E):
    """The column of [[0, E], [E', 0]], stacked by columns as cvxopt wants it."""
    r, c = E.shape
    S = np.zeros((r + c, r + c))
    S[:r, r:] = E
    S[r:, :r] = E.T
    return S.ravel(order="F")


def nuclear(A, b):
    """max b'y over y >= 0 with [[I, -M], [-M', I]] semidefinite; W is twice the off-diagonal block of the dual matrix."""
    m, r, c = A.shape
    n = r + c
    G = np.array([off_diagonal(a) for a in A]).T
    sol = solvers.sdp(matrix(-b), Gl=matrix(-np.eye(m)), hl=matrix(np.zeros(m)), Gs=[matrix(G)], hs=[matrix(np.eye(n))], kktsolver="ldl")
    W = 2 * np.array(sol["zs"][0])[:r, r:]
    return W, np.array(sol["x"]).ravel(), sol


def spectral(A, b):
    """min t over W and t with [[tI, W], [W', tI]] semidefinite and <A_i, W> >= b_i."""
    m, r, c = A.shape
    n = r + c
    entries = []
    for i in range(r):
        for j in range(c):
            E = np.zeros((r, c))
            E[i, j] = 1
            entries.append(-off_diagonal(E))
    G = np.array([*entries, -np.eye(n).ravel(order="F")]).T
    cost = np.zeros(r * c + 1)
    cost[-1] = 1
    linear = np.hstack([-A.reshape(m, r * c), np.zeros((m, 1))])
    sol = solvers.sdp(matrix(cost), Gl=matrix(linear), hl=matrix(-b), Gs=[matrix(G)], hs=[matrix(np.zeros((n, n)))], kktsolver="ldl")
    return np.array(sol["x"]).ravel()[:-1].reshape(r, c), np.array(sol["zl"]).ravel(), sol


def frobenius(A, b):
    m, r, c = A.shape
    sol = solvers.qp(matrix(np.eye(r * c)), matrix(np.zeros(r * c)), matrix(-A.reshape(m, r * c)), matrix(-b))
    W = np.array(sol["x"]).reshape(r, c)
    return W, np.array(sol["z"]).ravel() / np.linalg.norm(W), sol


ORDER = {"nuclear": "nuc", "spectral": 2, "frobenius": "fro"}


def solve(name, A, b):
    # cvxopt's tolerances are absolute: the right-hand side is scaled so that the Frobenius solution has norm 1.
    size = np.linalg.norm(frobenius(A, b)[0])
    W, y, sol = {"nuclear": nuclear, "spectral": spectral, "frobenius": frobenius}[name](A, b / size)
    upper, lower = np.linalg.norm(W, ORDER[name]), (b / size) @ y
    slack = np.min(A.reshape(len(b), -1) @ W.ravel() - b / size)
    print(name, A.shape, sol["status"], upper, lower, "slack", slack)
    assert abs(upper - lower) < 2e-8 * upper and slack > -1e-8
    return {"norm": name, "W": (size * W).ravel().tolist(), "objective": float(size * (upper + lower) / 2), "rank": int(np.sum(np.linalg.svd(W)[1] > 1e-5))}


def planted(rng, m, r, c):
    """Rows on the positive side of a hidden matrix."""
    hidden = rng.normal(size=(r, c))
    A = rng.normal(size=(m, r, c))
    side = np.einsum("mij,ij->m", A, hidden)
    A[side < 0] *= -1
    return A


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for name, m, r, c in [("wide", 5, 3, 7), ("tall", 31, 5, 3), ("square", 13, 5, 5)]:
        A = planted(rng, m, r, c)
        b = rng.uniform(0.5, 2, size=m) if name == "square" else np.ones(m)
        solutions = [solve(norm, A, b) for norm in ORDER]
        cases.append({"name": name, "m": m, "r": r, "c": c, "rows": A.ravel().tolist(), "rhs": b.tolist(), "solutions": solutions})
    n, T, d = 5, 4, 7
    X, Z, alpha = rng.normal(size=(n, T, d)), rng.normal(size=(n, d)), rng.integers(T, size=n)
    A = np.array([np.outer(X[i, alpha[i]] - X[i, t], Z[i]) for i in range(n) for t in range(T) if t != alpha[i]])
    attention = {
        "samples": n, "tokensPerSample": T, "dim": d,
        "tokens": X.ravel().tolist(), "queries": Z.ravel().tolist(), "selected": alpha.tolist(),
        "solutions": [solve(norm, A, np.ones(len(A))) for norm in ORDER],
    }
    golden = {
        "producer": f"cvxopt {cvxopt.__version__}; data by numpy {np.__version__}",
        "script": "tooling/goldens/svm/matrix-norms.py",
        "seed": SEED,
        "cases": cases,
        "attention": attention,
    }
    (OUT / "matrix-norms.json").write_text(json.dumps(golden) + "\n")


main()
