"""Top-k attention in PyTorch, results and gradients by autograd: writes packages/attention/test/golden/torch-top-k-attention.json.

The keys of largest score are found with torch.topk outside the graph; their keys and values are gathered inside it, row by row, and the
scores of these alone are taken again. Rows that see fewer keys than k take those they see; rows that see none give zeros.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/torch_top_k_attention.py
"""

import torch
from torch_cases import cases_of, padding, visible_keys, write

SEED = 17
torch.manual_seed(SEED)


def attention(query, key, value, k, scale=None, mask=None, causal=False):
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    queries, keys = query.shape[-2], key.shape[-2]
    visible = visible_keys((*query.shape[:-1], keys), mask, causal)
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


case = cases_of(attention, spread=2)
write(
    "torch-top-k-attention",
    SEED,
    __file__,
    cases=[
        case("plain", [2, 3, 5, 7], [2, 3, 11, 7], 4, k=3),
        case("one key", [3, 5], [7, 5], 2, k=1),
        case("scale", [3, 2, 5], [3, 7, 5], 2, k=2, scale=0.2),
        case("causal", [2, 2, 7, 3], [2, 2, 7, 3], 3, k=3, causal=True),
        case("causal, last queries only", [2, 2, 3, 5], [2, 2, 7, 5], 3, k=5, causal=True),
        case("padding mask with an empty text", [3, 2, 5, 7], [3, 2, 6, 7], 4, k=3, mask=padding([6, 2, 0], 6)),
        case("causal and padding", [2, 1, 5, 3], [2, 1, 5, 3], 2, k=2, causal=True, mask=padding([5, 3], 5)),
        case("every key", [5, 3], [7, 3], 2, k=7),
    ],
)
