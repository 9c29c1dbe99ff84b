"""Hard-margin problems, min ||w|| over A w >= b, in the hands of cvxopt and scipy: each solver returns w and multipliers.

The norm of the multipliers is left to the caller: any y >= 0 gives the lower bound b'y / ||A'y||.
"""

import numpy as np
from cvxopt import matrix, solvers
from scipy.optimize import linprog, nnls

solvers.options["show_progress"] = False


def accuracy(tight):
    """cvxopt's own tolerances, or the tightest it can hold."""
    solvers.options["maxiters"] = 300 if tight else 100
    for name in ("abstol", "reltol", "feastol"):
        if tight:
            solvers.options[name] = tight
        else:
            solvers.options.pop(name, None)


def flat(x):
    return np.array(x).ravel()


def power(v, e):
    return np.sign(v) * np.abs(v) ** e


def quadratic_dual(A, b, p):
    """p = 2: min (1/2) y'AA'y - b'y over y >= 0, a quadratic program in one multiplier per row."""
    m = len(b)
    y = flat(solvers.qp(matrix(A @ A.T), matrix(-b), matrix(-np.eye(m)), matrix(np.zeros(m)))["x"])
    return A.T @ y, y


def least_distance(A, b, p):
    """p = 2 by Lawson and Hanson: non-negative least squares with the matrix [A'; b'] and the right-hand side (0, ..., 0, 1)."""
    n = A.shape[1]
    stacked, target = np.vstack([A.T, b]), np.append(np.zeros(n), 1.0)
    u, _ = nnls(stacked, target, maxiter=100 * len(b))
    residual = stacked @ u - target
    return -residual[:n] / residual[n], u


def convex_dual(A, b, p):
    """p < 2: min (1/q) ||A'y||_q^q - b'y over y >= 0, twice differentiable because q > 2."""
    m, q = len(b), p / (p - 1)

    def F(x=None, z=None):
        if x is None:
            return 0, matrix(1.0 / m, (m, 1))
        y = flat(x)
        u = A.T @ y
        size = np.abs(u)
        value, gradient = np.sum(size**q) / q - b @ y, A @ power(u, q - 1) - b
        if z is None:
            return matrix(value), matrix(gradient).T
        return matrix(value), matrix(gradient).T, matrix(z[0] * (q - 1) * (A * size ** (q - 2)) @ A.T)

    y = flat(solvers.cp(F, G=matrix(-np.eye(m)), h=matrix(np.zeros(m)))["x"])
    return power(A.T @ y, q - 1), y


def convex_primal(A, b, p):
    """p > 2: min (1/p) ||w||_p^p over A w >= b, twice differentiable in w."""
    return convex_primal_from(A, b, p, np.linalg.lstsq(A, b, rcond=None)[0])


def convex_primal_scaled(A, b, p):
    """The same in units in which the weights of p = 2 have the norm 1, and from there: high powers need it."""
    near = quadratic_dual(A, b, 2)[0]
    size = np.linalg.norm(near, p)
    w, y = convex_primal_from(A, b / size, p, near / size)
    return w * size, y


def convex_primal_from(A, b, p, start):
    def F(x=None, z=None):
        if x is None:
            return 0, matrix(start)
        w = flat(x)
        size = np.abs(w)
        value, gradient = np.sum(size**p) / p, power(w, p - 1)
        if z is None:
            return matrix(value), matrix(gradient).T
        return matrix(value), matrix(gradient).T, matrix(np.diag(z[0] * (p - 1) * size ** (p - 2)))

    solution = solvers.cp(F, G=matrix(-A), h=matrix(-b))
    return flat(solution["x"]), flat(solution["zl"])


def linear(A, b, p):
    """p = 1 and p = Infinity as linear programs, by HiGHS."""
    m, n = A.shape
    if p == 1:
        solution = linprog(np.ones(2 * n), A_ub=np.hstack([-A, A]), b_ub=-b, method="highs")
        w = solution.x[:n] - solution.x[n:]
        return w, -solution.ineqlin.marginals
    rows = np.vstack([np.hstack([-A, np.zeros((m, 1))]), np.hstack([np.eye(n), -np.ones((n, 1))]), np.hstack([-np.eye(n), -np.ones((n, 1))])])
    bounds = [(None, None)] * n + [(0, None)]
    solution = linprog(np.append(np.zeros(n), 1.0), A_ub=rows, b_ub=np.concatenate([-b, np.zeros(2 * n)]), bounds=bounds, method="highs")
    return solution.x[:n], -solution.ineqlin.marginals[:m]


def block(E):
    """[[0, E], [E', 0]] stacked by columns, as cvxopt takes matrices in a cone."""
    r, c = E.shape
    S = np.zeros((r + c, r + c))
    S[:r, r:], S[r:, :r] = E, E.T
    return S.ravel(order="F")


def nuclear(A, b, shape):
    """max b'y over y >= 0 with [[I, M], [M', I]] semidefinite for M = sum y_i A_i; W is in the multiplier of that cone."""
    m, (r, c) = len(b), shape
    cone = np.array([block(a.reshape(r, c)) for a in A]).T
    solution = solvers.sdp(
        matrix(-b), Gl=matrix(-np.eye(m)), hl=matrix(np.zeros(m)), Gs=[matrix(cone)], hs=[matrix(np.eye(r + c))], kktsolver="ldl"
    )
    return 2 * np.array(solution["zs"][0])[:r, r:].ravel(), flat(solution["x"])


def spectral(A, b, shape):
    """min t over W and t with [[tI, W], [W', tI]] semidefinite and <A_i, W> >= b_i."""
    m, (r, c) = len(b), shape
    units = [-block(e.reshape(r, c)) for e in np.eye(r * c)]
    cone = np.array([*units, -np.eye(r + c).ravel(order="F")]).T
    rows = np.hstack([-A, np.zeros((m, 1))])
    cost = np.append(np.zeros(r * c), 1.0)
    solution = solvers.sdp(matrix(cost), Gl=matrix(rows), hl=matrix(-b), Gs=[matrix(cone)], hs=[matrix(np.zeros((r + c, r + c)))], kktsolver="ldl")
    return flat(solution["x"])[:-1], flat(solution["zl"])


def is_feasible(A, b):
    """Whether any w satisfies A w >= b, by HiGHS; None when it cannot tell."""
    status = linprog(np.zeros(A.shape[1]), A_ub=-A, b_ub=-b, bounds=(None, None), method="highs").status
    return {0: True, 2: False}.get(status)


def solver_of(norm, tight):
    """The solver of a norm: an exponent, or the name of a norm of singular values."""
    if norm == "nuclear":
        return nuclear
    if norm == "spectral":
        return spectral
    if norm in ("2", "frobenius"):
        return quadratic_dual
    p = float(norm)
    if p == 1 or np.isinf(p):
        return linear
    return convex_dual if p < 2 else convex_primal_scaled if tight else convex_primal


class HardMargin:
    def __init__(self, config, tensors):
        self.A, self.b = tensors["rows"], tensors["rhs"]
        self.norm, self.tight = str(config["norm"]), config.get("tight", 0)
        self.solver = least_distance if config.get("route") == "least-distance" else solver_of(self.norm, self.tight)
        self.shape = tuple(config["shape"]) if "shape" in config else None

    def solve(self):
        accuracy(self.tight)
        matrix_norm = self.norm in ("nuclear", "spectral")
        return self.solver(self.A, self.b, self.shape if matrix_norm else float("2" if self.norm == "frobenius" else self.norm))

    def answer(self, found):
        w, y = found
        return {"w": w.tolist(), "dual": y.tolist()}


class Feasibility:
    def __init__(self, config, tensors):
        self.A, self.b = tensors["rows"], tensors["rhs"]

    def solve(self):
        return is_feasible(self.A, self.b)

    def answer(self, found):
        return {"feasible": found}
