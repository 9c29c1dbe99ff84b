"""Elementwise operators, reductions, cumSum and einsum in PyTorch: writes packages/graph/test/golden/torch-elementwise.json.

Every case holds its inputs, its output, a weight for every element of the output and the gradients of the weighted sum. Inputs
include what is hard: arguments of size 1000, ties, and zeros in products.

Run from the repository root: /usr/bin/python3 tooling/goldens/graph/torch_elementwise.py
"""

import json
from pathlib import Path

import torch
from torch.nn import functional

SEED = 20240617
generator = torch.Generator().manual_seed(SEED)


def normal(*shape, scale=1.0):
    return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale


def tensor(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def data(x):
    return {"dtype": "float64", "shape": list(x.shape), "data": x.detach().flatten().tolist()}


def case(name, function, *inputs):
    leaves = [x.clone().requires_grad_() for x in inputs]
    output = function(*leaves)
    weight = normal(*output.shape)
    gradients = torch.autograd.grad((output * weight).sum(), leaves)
    return {
        "name": name,
        "inputs": [data(x) for x in inputs],
        "output": data(output),
        "weight": data(weight),
        "gradients": [data(g) for g in gradients],
    }


everywhere = torch.cat([normal(3, 5, scale=2), tensor([-1000, -40, -1e-3, 40, 1000])])
positive = normal(3, 5).abs() + 0.1
small = torch.cat([normal(3, 5, scale=3), tensor([-1e-9, 0.46, -0.47, 5.5, -7])])
sparse = tensor([2, 0, 3, -1], [0, 0, 5, 2], [1.5, -2, 0.5, 4])
ties = tensor([1, 7, 7, 2], [3, 3, 3, 3], [-1, -5, 0, 4])
wide = torch.cat([normal(2, 5, scale=2), tensor([1000, 999, 998, -1000, 0], [-1000, -1001, -1002, -1003, -1004])])

cases = [
    case("sigmoid", torch.sigmoid, everywhere),
    case("tanh", torch.tanh, everywhere),
    case("softplus", lambda x: functional.softplus(x, threshold=1e9), torch.cat([normal(3, 5, scale=2), tensor([-700, -40, -1e-3, 40, 700])])),
    case("relu", torch.relu, everywhere),
    case("abs", torch.abs, everywhere),
    case("square", torch.square, everywhere),
    case("gelu", functional.gelu, small),
    case("gelu tanh", lambda x: functional.gelu(x, approximate="tanh"), small),
    case("erf", torch.erf, small),
    case("sin", torch.sin, everywhere),
    case("cos", torch.cos, everywhere),
    case("log", torch.log, positive),
    case("sqrt", torch.sqrt, positive),
    case("reciprocal", torch.reciprocal, everywhere),
    case("clip", lambda x: torch.clamp(x, -1, 2), torch.cat([normal(2, 5, scale=2), tensor([-1, 2, 0, 1000, -1000])])),
    case("powAbs 1.75", lambda x: x.abs() ** 1.75, everywhere),
    case("pow 3", lambda x: x**3, small),
    case("sub", torch.sub, normal(3, 5), normal(5)),
    case("div", torch.div, normal(3, 1), positive),
    case("pow", torch.pow, positive, normal(5)),
    case("pow of zero", torch.pow, tensor([0, 0, 0, 1]), tensor([0.5 + 1, 2, 3, 0])),
    case("maximum", torch.maximum, ties, tensor([1, 3, 7, 2])),
    case("minimum", torch.minimum, ties, tensor([1, 3, 7, 2])),
    case("where", lambda a, b: torch.where(a > b, a * a, b), normal(3, 5), normal(5)),
    case("mean", lambda x: x.mean(1), normal(3, 7)),
    case("max", lambda x: x.amax(1), ties),
    case("min", lambda x: x.amin(0), ties),
    case("prod", lambda x: x.prod(1), sparse),
    case("prod without zeros", lambda x: x.prod(1), normal(3, 7)),
    case("logSumExp", lambda x: x.logsumexp(1), wide),
    case("cumSum", lambda x: x.cumsum(1), normal(3, 7)),
    case("einsum ij,jk->ik", lambda a, b: torch.einsum("ij,jk->ik", a, b), normal(3, 5), normal(5, 2)),
    case("einsum bhqd,bhkd->bhqk", lambda a, b: torch.einsum("bhqd,bhkd->bhqk", a, b), normal(2, 3, 5, 7), normal(2, 3, 11, 7)),
    case("einsum bqhd,bkhd->bhqk", lambda a, b: torch.einsum("bqhd,bkhd->bhqk", a, b), normal(2, 5, 3, 7), normal(2, 11, 3, 7)),
    case("einsum ii->i", lambda a: torch.einsum("ii->i", a), normal(5, 5)),
    case("einsum iji->j", lambda a: torch.einsum("iji->j", a), normal(3, 5, 3)),
    case("einsum b,a", lambda a, b: torch.einsum("b,a", a, b), normal(3), normal(5)),
    case("einsum ...ij,...jk->...ik", lambda a, b: torch.einsum("...ij,...jk->...ik", a, b), normal(2, 1, 3, 5), normal(7, 5, 2)),
    case("einsum ijk,jil,kl->il", lambda a, b, c: torch.einsum("ijk,jil,kl->il", a, b, c), normal(2, 3, 5), normal(3, 2, 7), normal(5, 7)),
    case("einsum ij,kl->i", lambda a, b: torch.einsum("ij,kl->i", a, b), normal(2, 3), normal(5, 7)),
]

path = Path("packages/graph/test/golden/torch-elementwise.json")
head = {"producer": f"torch {torch.__version__}", "script": "tooling/goldens/graph/torch_elementwise.py", "seed": SEED}
path.write_text(json.dumps({**head, "cases": cases}, separators=(",", ":")) + "\n")
