"""Golden solutions of hard-margin problems in l1 and l-infinity, from the HiGHS solver of scipy.

Run with Debian's python3 (numpy, scipy):  python3 tooling/goldens/svm/linear-margin.py
Writes packages/svm/test/golden/linear-margin.json.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import linprog

OUT = Path(__file__).resolve().parents[3] / "packages" / "svm" / "test" / "golden" / "linear-margin.json"
SEED = 20240811


def least_absolute(A, b):
    """w = u - v with u, v >= 0."""
    n = A.shape[1]
    r = linprog(np.ones(2 * n), A_ub=np.hstack([-A, A]), b_ub=-b, method="highs")
    return r, None if r.x is None else r.x[:n] - r.x[n:]


def least_maximum(A, b):
    """min t subject to -t <= w <= t."""
    m, n = A.shape
    one = np.ones((n, 1))
    rows = np.vstack([np.hstack([-A, np.zeros((m, 1))]), np.hstack([np.eye(n), -one]), np.hstack([-np.eye(n), -one])])
    bounds = [(None, None)] * n + [(0, None)]
    r = linprog(np.r_[np.zeros(n), 1], A_ub=rows, b_ub=np.r_[-b, np.zeros(2 * n)], bounds=bounds, method="highs")
    return r, None if r.x is None else r.x[:n]


def solve(A, b):
    out = []
    for p, method in (("1", least_absolute), ("Infinity", least_maximum)):
        r, w = method(A, b)
        assert r.status in (0, 2), r.message
        dual = -r.ineqlin.marginals[: len(b)] if r.status == 0 else None
        if dual is not None:
            assert abs(b @ dual - r.fun) < 1e-9 * r.fun
        out.append({"p": p, "feasible": r.status == 0, "norm": float(r.fun) if r.status == 0 else None, "w": None if w is None else w.tolist(), "dual": None if dual is None else dual.tolist()})
    return out


def separable(rng, m, n):
    A, direction = rng.normal(size=(m, n)), rng.normal(size=n)
    A[A @ direction < 0] *= -1
    return A


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for name, m, n in (("wide", 7, 19), ("square", 11, 11), ("tall", 53, 5), ("mid", 31, 13)):
        cases.append((name, separable(rng, m, n), rng.uniform(0.5, 2, size=m)))
    cases.append(("infeasible", rng.normal(size=(29, 7)), np.ones(29)))
    ties = np.sign(separable(rng, 17, 5))
    cases.append(("ties", ties[ties @ np.array([5.0, 4, 3, 2, 1]) > 0], None))
    doubled = separable(rng, 13, 7)
    cases.append(("duplicates", np.vstack([doubled, doubled, np.zeros((1, 7))]), np.r_[np.ones(26), 0]))
    records = []
    for name, A, b in cases:
        b = np.ones(len(A)) if b is None else b
        records.append({"name": name, "m": len(A), "n": A.shape[1], "rows": A.ravel().tolist(), "rhs": b.tolist(), "solutions": solve(A, b)})
    head = {"producer": f"scipy {scipy.__version__} (HiGHS); data by numpy {np.__version__}", "script": "tooling/goldens/svm/linear-margin.py", "seed": SEED}
    OUT.write_text(json.dumps({**head, "cases": records}) + "\n")
    for r in records:
        print(r["name"], [(s["p"], s["norm"]) for s in r["solutions"]])


main()
