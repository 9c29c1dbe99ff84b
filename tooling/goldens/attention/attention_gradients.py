"""Gradients of attention on float32 inputs, by PyTorch's autograd in float64: writes
packages/attention/test/golden/attention-gradients.json.

Top-k gradients are those of a softmax over the k largest visible scores. The small case is the one that the derivations were checked on.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/attention_gradients.py
"""

import json
import math
from pathlib import Path

import torch

SEED = 41
torch.manual_seed(SEED)


def dump(t):
    return {"shape": list(t.shape), "values": t.detach().flatten().tolist()}


def attention(query, key, value, scale, visible, k):
    scores = (scale * query @ key.transpose(-2, -1)).masked_fill(~visible, float("-inf"))
    if k is not None:
        # A stable sort: of equal scores the lower index first.
        best = scores.sort(dim=-1, descending=True, stable=True).indices[..., :k]
        kept = torch.zeros(scores.shape, dtype=torch.bool).scatter(-1, best, True)
        scores = scores.masked_fill(~kept, float("-inf"))
    # A row that sees no key: zeros, not NaN.
    return torch.nan_to_num(scores.softmax(-1), nan=0.0) @ value, scores.logsumexp(-1)


def case(name, inputs, scale=None, causal=False, lengths=None, k=None):
    query, key, value, above = [t.double().requires_grad_() for t in inputs]
    queries, keys = query.shape[-2], key.shape[-2]
    visible = torch.ones(query.shape[:-1] + (keys,), dtype=torch.bool)
    if causal:
        visible &= torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)
    options = {"causal": causal}
    if scale is not None:
        options["scale"] = scale
    if k is not None:
        options["k"] = k
    if lengths is not None:
        mask = torch.arange(keys)[None, :] < torch.tensor(lengths)[:, None]
        visible &= mask[:, None, None, :]
        options["keyMask"] = {"shape": list(mask.shape), "values": [int(v) for v in mask.flatten()]}
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    output, lse = attention(query, key, value, factor, visible, k)
    grads = torch.autograd.grad((output * above).sum(), [query, key, value])
    record = {"query": query, "key": key, "value": value, "outputGradient": above}
    results = {"output": output, "lse": lse, **dict(zip(["query", "key", "value"], [torch.nan_to_num(g) for g in grads]))}
    return {
        "name": name,
        "options": options,
        "inputs": {n: dump(t) for n, t in record.items()},
        "results": {n: dump(t) for n, t in results.items()},
    }


def random(leading, queries, keys, head_dim, value_dim):
    shapes = [(queries, head_dim), (keys, head_dim), (keys, value_dim), (queries, value_dim)]
    return [torch.randn(*leading, *shape) for shape in shapes]


def rows(*values):
    return torch.tensor([[values]], dtype=torch.float32)


small = [
    rows([1, 0], [0, 1], [-1, 2], [2, -1]),
    rows([1, 1], [0, -1], [2, 0], [-1, 1]),
    rows([1, 0], [0, 2], [-1, 1], [3, -2]),
    rows([1, 0], [0, 1], [1, 1], [-1, 2]),
]
golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/attention/attention_gradients.py",
    "seed": SEED,
    "cases": [
        case("small", small),
        case("small, causal", small, causal=True),
        case("small, top 2", small, k=2),
        case("heads", random([2, 3], 5, 11, 7, 3)),
        case("scale", random([3], 13, 7, 5, 2), scale=-2.5),
        case("causal", random([2, 2], 7, 7, 3, 5), causal=True),
        case("causal, last queries only", random([2], 3, 11, 5, 2), causal=True),
        case("padding", random([2, 2], 5, 7, 3, 2), lengths=[7, 3]),
        case("causal and padding", random([2, 1], 7, 7, 3, 2), causal=True, lengths=[7, 2]),
        case("top 3", random([2, 2], 5, 13, 7, 3), k=3),
        case("top 3 at a negative scale", random([2], 5, 13, 7, 3), k=3, scale=-0.5),
        case("top 4, causal", random([2], 17, 17, 5, 3), k=4, causal=True),
    ],
}
Path("packages/attention/test/golden/attention-gradients.json").write_text(json.dumps(golden) + "\n")
