"""Indexing, sorting and normalising operators in PyTorch: writes packages/graph/test/golden/torch-indexing.json.

Every case holds its inputs, its output, a weight for every element of the output and the gradient of the weighted sum.

Run from the repository root: /usr/bin/python3 tooling/goldens/graph/torch_indexing.py
"""

import json
from pathlib import Path

import torch

SEED = 20240611
generator = torch.Generator().manual_seed(SEED)


def normal(*shape, scale=1.0):
    return torch.randn(*shape, generator=generator, dtype=torch.float64) * scale


def integers(high, *shape):
    return torch.randint(0, high, shape, generator=generator)


def data(tensor):
    return {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def case(name, function, *inputs, extra=None):
    """`function` gives the output, or the output and the int64 indices that come with it."""
    leaves = [x.clone().requires_grad_(x.dtype == torch.float64) for x in inputs]
    result = function(*leaves)
    output, indices = result if isinstance(result, tuple) else (result, None)
    weight = normal(*output.shape)
    floats = [x for x in leaves if x.requires_grad]
    gradients = torch.autograd.grad((output * weight).sum(), floats)
    return {
        "name": name,
        "options": extra or {},
        "inputs": [data(x) for x in inputs],
        "output": data(output),
        **({} if indices is None else {"indices": data(indices)}),
        "weight": data(weight),
        "gradients": [data(g) for g in gradients],
    }


def pair(result):
    return result.values, result.indices


cases = [
    case("softmax", lambda x: torch.softmax(x, 1), normal(3, 5, 2, scale=4), extra={"axis": 1}),
    case("logSoftmax", lambda x: torch.log_softmax(x, 2), normal(3, 2, 7, scale=30), extra={"axis": 2}),
    case("layerNorm", lambda x: torch.nn.functional.layer_norm(x, [7], eps=1e-5), normal(3, 5, 7) + 2, extra={"axis": -1, "eps": 1e-5}),
    case("layerNorm", lambda x: torch.nn.functional.layer_norm(x, [5, 7], eps=0.1), normal(3, 5, 7), extra={"axis": 1, "eps": 0.1}),
    case("topK", lambda x: pair(torch.topk(x, 3, dim=1)), normal(2, 7, 3), extra={"k": 3, "axis": 1, "largest": True}),
    case("topK", lambda x: pair(torch.topk(x, 2, dim=-1, largest=False)), normal(3, 5), extra={"k": 2, "axis": -1, "largest": False}),
    case("sort", lambda x: pair(torch.sort(x, dim=0)), normal(5, 3), extra={"axis": 0, "descending": False}),
    case("sort", lambda x: pair(torch.sort(x, dim=1, descending=True)), normal(2, 7, 3), extra={"axis": 1, "descending": True}),
    case("gather", lambda t, i: torch.nn.functional.embedding(i, t), normal(7, 3), integers(7, 2, 5), extra={"axis": 0}),
    case("gather", lambda x, i: torch.index_select(x, 1, i), normal(2, 5, 3), integers(5, 11), extra={"axis": 1}),
    case("takeAlongAxis", lambda x, i: torch.gather(x, 1, i), normal(2, 5, 3), integers(5, 2, 11, 3), extra={"axis": 1}),
    case("scatterAdd", lambda x, i, u: torch.index_add(x, 0, i, u), normal(5, 3), integers(5, 11), normal(11, 3), extra={"axis": 0}),
    case("scatterAdd", lambda x, i, u: torch.index_add(x, 1, i, u), normal(2, 5, 3), integers(5, 7), normal(2, 7, 3), extra={"axis": 1}),
    case("scatterAddAlongAxis", lambda x, i, u: torch.scatter_add(x, 1, i, u), normal(2, 5, 3), integers(5, 2, 7, 3), normal(2, 7, 3), extra={"axis": 1}),
]
golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/graph/torch_indexing.py",
    "seed": SEED,
    "cases": cases,
}
Path("packages/graph/test/golden/torch-indexing.json").write_text(json.dumps(golden) + "\n")
