"""Linear transformers and Memformers in PyTorch, written as the paper writes them: packages/models/test/golden/memformers.json.

Columns are tokens; the mask is a matrix; attention is P Z M (Z^T Q Z) with the matrix of tokens against tokens. Gradients are of the mean
squared error by autograd. The classical methods are run in NumPy on each prompt's least-squares problem.

Run from the repository root: /usr/bin/python3 tooling/goldens/models/memformers.py
"""

import json
from pathlib import Path

import numpy as np
import torch

SEED = 29
BATCH, EXAMPLES, DIM, LAYERS, HEADS = 3, 7, 4, 3, 2
torch.set_default_dtype(torch.float64)
rng = np.random.RandomState(SEED)


def draw(*shape, scale=1.0):
    return torch.tensor(scale * rng.randn(*shape))


X = draw(BATCH, EXAMPLES + 1, DIM)
W = draw(BATCH, DIM)
Y = torch.einsum("btd,bd->bt", X, W)
TARGETS = Y[:, -1].clone()
SHOWN = Y.clone()
SHOWN[:, -1] = 0
PROMPTS = torch.cat([X, SHOWN[:, :, None]], 2)  # [batch, tokens, dim + 1]
MASK = torch.diag(torch.tensor([1.0] * EXAMPLES + [0.0]))


def attention(Z, A, B, transpose_score):
    """A head: Z [batch, dim + 1, tokens], A and B [dim, dim] or a number."""
    eye = torch.eye(DIM)
    A = A if A.dim() == 2 else A * eye
    B = B if B.dim() == 2 else B * eye
    zero = torch.zeros(DIM, 1)
    P = torch.cat([torch.cat([B, zero], 1), torch.cat([zero.T, torch.ones(1, 1)], 1)], 0)
    Q = -torch.cat([torch.cat([A, zero], 1), torch.zeros(1, DIM + 1)], 0)
    Q = Q.T if transpose_score else Q
    return torch.stack([P @ z @ MASK @ (z.T @ Q @ z) for z in Z])


def attend(Z, layer, transpose_score):
    A, B = layer["preconditioner"], layer.get("covariate", torch.tensor(0.0))
    if A.dim() % 2 == 1:
        B = B if B.dim() else torch.zeros(A.shape[0])
        return sum(attention(Z, A[h], B[h], transpose_score) for h in range(A.shape[0]))
    return attention(Z, A, B, transpose_score)


def per_prompt(c):
    return c if c.dim() == 0 else c[:, None, None]


def run(model, params, transpose_score=False):
    Z = PROMPTS.transpose(1, 2)
    states, registers, register = [Z], [], None
    count = len(params["layers"])
    for l, layer in enumerate(params["layers"]):
        own = attend(Z, layer, transpose_score)
        if model == "linearTransformer":
            step = own
        elif model in ("cgdMemformer", "smallBatchMemformer"):
            gate = params["gradientGates"][..., l] if model == "smallBatchMemformer" else torch.tensor(1.0)
            register = per_prompt(gate) * own + (0 if register is None else per_prompt(params["momenta"][..., l]) * register)
            step = per_prompt(params["stepSizes"][..., l]) * register
        else:
            registers.append(own)
            variant = model.split()[1]
            gates = params["gates"]
            gate = (lambda j: gates[l][j].T) if variant == "general" else (lambda j: gates[j].T)
            if variant == "residual":
                step = own + sum(gate(j) * registers[j] for j in range(l))
            else:
                step = sum(gate(j) * registers[j] for j in range(l + 1))
        Z = Z + step / EXAMPLES
        states.append(Z)
    tokens = torch.stack([z.transpose(1, 2) for z in states])  # [layers + 1, batch, tokens, dim + 1]
    return tokens, -Z[:, -1, -1]


def leaves(tree, path=""):
    if isinstance(tree, torch.Tensor):
        return [(path, tree)]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [leaf for key, child in items for leaf in leaves(child, f"{path}.{key}" if path else str(key))]


def dump(t):
    a = t.detach().numpy() if isinstance(t, torch.Tensor) else np.asarray(t)
    return {"shape": list(a.shape), "values": a.ravel().tolist()}


def layers(kind, heads=None):
    lead = [] if heads is None else [heads]
    shape = lead + ([] if kind == "scalar" else [DIM, DIM])
    make = lambda scale: draw(*shape, scale=scale) if shape else torch.tensor(scale * rng.randn())
    return [{"preconditioner": make(0.4), **({"covariate": make(0.3)} if kind == "gd++" else {})} for _ in range(LAYERS)]


def case(name, model, params, transpose_score=False):
    for _, leaf in leaves(params):
        leaf.requires_grad_(True)
    tokens, prediction = run(model, params, transpose_score)
    ((prediction - TARGETS) ** 2).mean().backward()
    zero = lambda t: torch.zeros_like(t) if t.grad is None else t.grad
    return {
        "name": name,
        "model": model,
        "transposeScore": transpose_score,
        "params": {path: dump(leaf) for path, leaf in leaves(params)},
        "tokens": dump(tokens),
        "prediction": dump(prediction),
        "gradients": {path: dump(zero(leaf)) for path, leaf in leaves(params)},
    }


gate = lambda count: draw(count, EXAMPLES + 1, DIM + 1)
cases = [
    case("scalar", "linearTransformer", {"layers": layers("scalar")}),
    case("full", "linearTransformer", {"layers": layers("full")}),
    case("full, query on the left", "linearTransformer", {"layers": layers("full")}, True),
    case("heads", "linearTransformer", {"layers": layers("full", HEADS)}),
    case("GD++", "linearTransformer", {"layers": layers("gd++")}),
    case("GD++, query on the left", "linearTransformer", {"layers": layers("gd++")}, True),
    case("GD++ with heads", "linearTransformer", {"layers": layers("gd++", HEADS)}),
    case("full", "cgdMemformer", {"layers": layers("full"), "stepSizes": draw(LAYERS), "momenta": draw(LAYERS)}),
    case("GD++ per prompt", "cgdMemformer", {"layers": layers("gd++"), "stepSizes": draw(BATCH, LAYERS), "momenta": draw(BATCH, LAYERS)}),
    case("full", "smallBatchMemformer", {"layers": layers("full"), "stepSizes": draw(LAYERS), "momenta": draw(LAYERS), "gradientGates": draw(LAYERS)}),
    case("GD++", "lfomMemformer general", {"layers": layers("gd++"), "gates": [gate(l + 1) for l in range(LAYERS)]}),
    case("GD++", "lfomMemformer shared", {"layers": layers("gd++"), "gates": gate(LAYERS)}),
    case("GD++", "lfomMemformer residual", {"layers": layers("gd++"), "gates": gate(LAYERS)}),
    case("full with heads", "lfomMemformer shared", {"layers": layers("full", HEADS), "gates": gate(LAYERS)}),
]

# The classical methods on R(w) = |X^T w - y|^2 / 2n, from w = 0.
STEPS = 4
x, w_true = X.numpy()[:, :EXAMPLES], W.numpy()


def iterates(method):
    out = []
    for b in range(BATCH):
        H = x[b].T @ x[b] / EXAMPLES
        grad = lambda w: H @ (w - w_true[b])
        ws = method(H, grad)
        out.append(np.array(ws))
    return np.array(out)  # [batch, STEPS + 1, dim]


def conjugate_gradient(H, grad):
    w, s, before = np.zeros(DIM), np.zeros(DIM), None
    ws = [w]
    for _ in range(STEPS):
        g = grad(w)
        s = -g + (0 if before is None else (g @ g) / before * s)
        w = w + (g @ g) / (s @ H @ s) * s
        before = g @ g
        ws.append(w)
    return ws


def heavy_ball(eta, beta):
    def method(H, grad):
        w, v, ws = np.zeros(DIM), np.zeros(DIM), [np.zeros(DIM)]
        for _ in range(STEPS):
            v = beta * v - eta * grad(w)
            w = w + v
            ws.append(w)
        return ws

    return method


def nesterov(eta, beta):
    def method(H, grad):
        w, v, ws = np.zeros(DIM), np.zeros(DIM), [np.zeros(DIM)]
        for _ in range(STEPS):
            after = v - eta * grad(v)
            v = after + beta * (after - w)
            w = after
            ws.append(w)
        return ws

    return method


def general(coefficients):
    """w_{k+1} = w_0 + sum_i Lambda_i^k grad(w_i), Lambda diagonal."""

    def method(H, grad):
        ws, gs = [np.zeros(DIM)], []
        for k in range(STEPS):
            gs.append(grad(ws[k]))
            ws.append(sum(coefficients[k][i] * gs[i] for i in range(k + 1)))
        return ws

    return method


NUMBERS = [[float(rng.randn() * 0.3) for _ in range(k + 1)] for k in range(STEPS)]
DIAGONALS = [[(rng.randn(DIM) * 0.3).tolist() for _ in range(k + 1)] for k in range(STEPS)]
methods = {
    "conjugateGradient": iterates(conjugate_gradient),
    "heavyBall": iterates(heavy_ball(0.3, 0.6)),
    "nesterov": iterates(nesterov(0.3, 0.6)),
    "numbers": iterates(general([[np.full(DIM, c) for c in row] for row in NUMBERS])),
    "diagonals": iterates(general([[np.array(c) for c in row] for row in DIAGONALS])),
}

golden = {
    "producer": f"torch {torch.__version__}, numpy {np.__version__}",
    "script": "tooling/goldens/models/memformers.py",
    "seed": SEED,
    "prompts": dump(PROMPTS),
    "targets": dump(TARGETS),
    "cases": cases,
    "methods": {"steps": STEPS, "learningRate": 0.3, "momentum": 0.6, "numbers": NUMBERS, "diagonals": DIAGONALS},
    "iterates": {name: dump(value) for name, value in methods.items()},
}
Path("packages/models/test/golden/memformers.json").write_text(json.dumps(golden) + "\n")
