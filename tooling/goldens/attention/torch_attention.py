"""Attention in PyTorch, results and gradients: writes packages/attention/test/golden/torch-attention.json.

Scaled dot-product attention is written out from softmax and products; multi-head attention is torch.nn.MultiheadAttention.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/torch_attention.py
"""

import torch
from torch_cases import cases_of, gradients, named, padding, visible_keys, write

SEED = 5
torch.manual_seed(SEED)


def attention(query, key, value, scale=None, mask=None, causal=False):
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = scale * query @ key.transpose(-2, -1)
    visible = visible_keys(scores.shape, mask, causal)
    return scores.masked_fill(~visible, float("-inf")).softmax(-1) @ value


def multi_head():
    width, heads, batch, tokens = 12, 3, 2, 5
    module = torch.nn.MultiheadAttention(width, heads, bias=True, batch_first=True)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(batch, tokens, width, requires_grad=True)
    ignored = torch.tensor([[False] * 5, [False, False, False, True, True]])
    output, weights = module(x, x, x, key_padding_mask=ignored, average_attn_weights=False)
    grads = gradients(output, [x, module.in_proj_weight, module.out_proj.weight, module.out_proj.bias])
    params = {"inWeight": module.in_proj_weight, "inBias": module.in_proj_bias, "outWeight": module.out_proj.weight, "outBias": module.out_proj.bias}
    names = ["xGradient", "inWeightGradient", "outWeightGradient", "outBiasGradient"]
    return {
        "heads": heads,
        "visible": [int(not v) for v in ignored.flatten()],
        "inputs": named({"x": x, **params}),
        "results": named({"output": output, **dict(zip(names, grads))}),
    }


case = cases_of(attention)
write(
    "torch-attention",
    SEED,
    __file__,
    cases=[
        case("plain", [2, 3, 5, 7], [2, 3, 11, 7], 4),
        case("scale", [3, 2, 5], [3, 7, 5], 2, scale=2.5),
        case("padding mask", [2, 3, 5, 7], [2, 3, 6, 7], 4, mask=padding([6, 2], 6)),
        case("causal", [2, 2, 7, 3], [2, 2, 7, 3], 3, causal=True),
        case("causal, last queries only", [2, 2, 3, 5], [2, 2, 7, 5], 3, causal=True),
        case("causal and padding", [2, 1, 5, 3], [2, 1, 5, 3], 2, causal=True, mask=padding([5, 3], 5)),
    ],
    multiHead=multi_head(),
)
