"""Expressive attention in PyTorch, results and gradients by autograd: writes packages/attention/test/golden/torch-expressive-attention.json.

Written out from elementary operations, with the mask as a product before the sum over the keys.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/torch_expressive_attention.py
"""

import torch
from torch_cases import cases_of, padding, visible_keys, write

SEED = 11
torch.manual_seed(SEED)


def attention(query, key, value, scale=None, mask=None, causal=False, power=2, saturating=True, epsilon=1e-12):
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = scale * query @ key.transpose(-2, -1)
    visible = visible_keys(scores.shape, mask, causal)
    powers = scores.abs() ** power
    weights = (powers / (1 + powers) if saturating else powers) * visible
    return weights / (weights.sum(-1, keepdim=True) + epsilon) @ value


case = cases_of(attention)
write(
    "torch-expressive-attention",
    SEED,
    __file__,
    cases=[
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
)
