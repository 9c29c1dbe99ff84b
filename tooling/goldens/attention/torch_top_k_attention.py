"""Top-k attention in PyTorch, results and gradients by autograd: writes packages/attention/test/golden/torch-top-k-attention.json.

The keys of largest score are found with torch.topk outside the graph; their keys and values are gathered inside it, row by row, and the
scores of these alone are taken again. Rows that see fewer keys than k take those they see; rows that see none give zeros.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/torch_top_k_attention.py
"""

import json
from pathlib import Path

import torch

SEED = 17
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)


def numbers(tensor):
    return tensor.detach().flatten().tolist()


def named(tensors):
    return {name: {"shape": list(t.shape), "values": numbers(t)} for name, t in tensors.items()}


def attention(query, key, value, k, scale=None, mask=None, causal=False):
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    queries, keys = query.shape[-2], key.shape[-2]
    visible = torch.ones(*query.shape[:-1], keys, dtype=torch.bool)
    if mask is not None:
        visible = visible & mask
    if causal:
        visible = visible & torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)
    groups = [t.reshape(-1, *t.shape[-2:]) for t in (query, key, value, visible)]
    rows = []
    for q, kk, v, seen in zip(*groups):
        for i in range(queries):
            places = torch.nonzero(seen[i])[:, 0]
            if len(places) == 0:
                rows.append(torch.zeros(v.shape[-1]))
                continue
            scores = (kk[places] @ q[i]).detach() * scale
            chosen = places[torch.topk(scores, min(k, len(places))).indices]
            weights = torch.softmax(scale * (kk[chosen] @ q[i]), 0)
            rows.append(weights @ v[chosen])
    return torch.stack(rows).reshape(*query.shape[:-1], value.shape[-1])


def case(name, query_shape, key_shape, value_dim, **options):
    shapes = (query_shape, key_shape, key_shape[:-1] + [value_dim])
    tensors = [(2 * torch.randn(shape)).requires_grad_() for shape in shapes]
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
    "script": "tooling/goldens/attention/torch_top_k_attention.py",
    "seed": SEED,
    "cases": [
        case("plain", [2, 3, 5, 7], [2, 3, 11, 7], 4, k=3),
        case("one key", [3, 5], [7, 5], 2, k=1),
        case("scale", [3, 2, 5], [3, 7, 5], 2, k=2, scale=0.2),
        case("causal", [2, 2, 7, 3], [2, 2, 7, 3], 3, k=3, causal=True),
        case("causal, last queries only", [2, 2, 3, 5], [2, 2, 7, 5], 3, k=5, causal=True),
        case("padding mask with an empty text", [3, 2, 5, 7], [3, 2, 6, 7], 4, k=3, mask=padding([6, 2, 0], 6)),
        case("causal and padding", [2, 1, 5, 3], [2, 1, 5, 3], 2, k=2, causal=True, mask=padding([5, 3], 5)),
        case("every key", [5, 3], [7, 3], 2, k=7),
    ],
}
Path("packages/attention/test/golden/torch-top-k-attention.json").write_text(json.dumps(golden) + "\n")
