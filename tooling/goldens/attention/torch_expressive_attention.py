"""Expressive attention in PyTorch, results and gradients by autograd: writes packages/attention/test/golden/torch-expressive-attention.json.

Written out from elementary operations, with the mask as a product before the sum over the keys.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/torch_expressive_attention.py
"""

import json
from pathlib import Path

import torch

SEED = 11
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)


def numbers(tensor):
    return tensor.detach().flatten().tolist()


def named(tensors):
    return {name: {"shape": list(t.shape), "values": numbers(t)} for name, t in tensors.items()}


def attention(query, key, value, scale=None, mask=None, causal=False, power=2, saturating=True, epsilon=1e-12):
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = scale * query @ key.transpose(-2, -1)
    visible = torch.ones(scores.shape, dtype=torch.bool) if mask is None else mask.expand(scores.shape)
    if causal:
        queries, keys = scores.shape[-2:]
        visible = visible & torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)
    powers = scores.abs() ** power
    weights = (powers / (1 + powers) if saturating else powers) * visible
    return weights / (weights.sum(-1, keepdim=True) + epsilon) @ value


def case(name, query_shape, key_shape, value_dim, **options):
    shapes = (query_shape, key_shape, key_shape[:-1] + [value_dim])
    tensors = [torch.randn(shape, requires_grad=True) for shape in shapes]
    output = attention(*tensors, **options)
    loss = (output * torch.sin(torch.arange(output.numel()) + 1.0).reshape(output.shape)).sum()
    grads = torch.autograd.grad(loss, tensors)
    record = dict(zip(["query", "key", "value"], tensors))
    result = {"output": output, **{f"{n}Gradient": g for n, g in zip(record, grads)}}
    plain = {k: v for k, v in options.items() if k != "mask"}
    if "mask" in options:
        plain["mask"] = {"shape": list(options["mask"].shape), "values": [int(v) for v in options["mask"].flatten()]}
    return {"name": name, "inputs": named(record), "options": plain, "results": named(result)}


def padding(lengths, tokens):
    return (torch.arange(tokens)[None, :] < torch.tensor(lengths)[:, None])[:, None, None, :]


golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/attention/torch_expressive_attention.py",
    "seed": SEED,
    "cases": [
        case("plain", [2, 3, 5, 7], [2, 3, 11, 7], 4),
        case("scale", [3, 2, 5], [3, 7, 5], 2, scale=2.5),
        case("padding mask", [2, 3, 5, 7], [2, 3, 6, 7], 4, mask=padding([6, 2], 6)),
        case("causal", [2, 2, 7, 3], [2, 2, 7, 3], 3, causal=True),
        case("causal, last queries only", [2, 2, 3, 5], [2, 2, 7, 5], 3, causal=True),
        case("causal and padding", [2, 1, 5, 3], [2, 1, 5, 3], 2, causal=True, mask=padding([5, 3], 5)),
        case("a large epsilon", [3, 5], [7, 5], 2, epsilon=0.25),
        case("power 3", [2, 5, 3], [2, 7, 3], 2, power=3, causal=False),
        case("power 1.5, masked", [2, 1, 5, 3], [2, 1, 5, 3], 2, power=1.5, mask=padding([5, 3], 5)),
        case("squares", [2, 5, 3], [2, 7, 3], 2, saturating=False),
        case("squares, large scores and epsilon", [5, 3], [7, 3], 2, saturating=False, scale=40.0, epsilon=0.5),
    ],
}
Path("packages/attention/test/golden/torch-expressive-attention.json").write_text(json.dumps(golden) + "\n")
