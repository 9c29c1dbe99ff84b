"""Exact, causal, masked and top-k attention in PyTorch float64 on float32 inputs, with log-sum-exp: writes
packages/attention/test/golden/knn-attention.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/knn_attention.py
"""

import json
import math
from pathlib import Path

import torch

SEED = 29
torch.manual_seed(SEED)
BATCH, HEADS, QUERIES, KEYS, HEAD_DIM, VALUE_DIM, TOP = 2, 3, 5, 7, 11, 13, 3


def tensor(*shape):
    return torch.randn(*shape, dtype=torch.float32)


def dump(t):
    return {"shape": list(t.shape), "values": t.flatten().tolist()}


def attend(q, k, v, scale, visible):
    scores = (q.double() @ k.double().transpose(-1, -2)) * scale
    scores = scores.masked_fill(~visible, -math.inf)
    lse = torch.logsumexp(scores, -1)
    return {"output": dump(torch.softmax(scores, -1) @ v.double()), "lse": dump(lse)}, scores


q, k, v = tensor(BATCH, HEADS, QUERIES, HEAD_DIM), tensor(BATCH, HEADS, KEYS, HEAD_DIM), tensor(BATCH, HEADS, KEYS, VALUE_DIM)
everything = torch.ones(BATCH, HEADS, QUERIES, KEYS, dtype=torch.bool)
causal = torch.ones(QUERIES, KEYS).tril(KEYS - QUERIES).bool().expand_as(everything)
mask = torch.rand(BATCH, KEYS) > 0.3
padding = mask[:, None, None, :].expand_as(everything)
scale = 1 / math.sqrt(HEAD_DIM)
plain, scores = attend(q, k, v, scale, everything)
top = torch.zeros_like(everything).scatter(-1, scores.topk(TOP, -1).indices, True)
out = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/attention/knn_attention.py",
    "seed": SEED,
    "top": TOP,
    "query": dump(q),
    "key": dump(k),
    "value": dump(v),
    "mask": {"shape": [BATCH, KEYS], "values": mask.int().flatten().tolist()},
    "plain": plain,
    "scaled": attend(q, k, v, 0.9, everything)[0],
    "causal": attend(q, k, v, scale, causal)[0],
    "padding": attend(q, k, v, scale, padding)[0],
    "causalPadding": attend(q, k, v, scale, causal & padding)[0],
    "topK": attend(q, k, v, scale, top)[0],
}
path = Path("packages/attention/test/golden/knn-attention.json")
path.write_text(json.dumps(out) + "\n")
