"""Linear attention without normalisation in PyTorch, as a product with the matrix of scores: writes
packages/attention/test/golden/unnormalized-linear-attention.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/unnormalized_linear_attention.py
"""

import json
from pathlib import Path

import torch

SEED = 17
torch.manual_seed(SEED)
torch.set_default_dtype(torch.float64)
BATCH, TOKENS, WIDTH, OUTPUTS = 3, 7, 5, 2


def dump(t):
    return {"shape": list(t.shape), "values": t.detach().flatten().tolist()}


def case(hidden, scale, transpose):
    rows = torch.randn(BATCH, TOKENS, WIDTH, requires_grad=True)
    score = torch.randn(WIDTH, WIDTH, requires_grad=True)
    value = torch.randn(OUTPUTS, WIDTH, requires_grad=True)
    weight = torch.randn(BATCH, TOKENS, OUTPUTS)
    Z = rows.transpose(1, 2)
    M = torch.diag(torch.tensor([1.0] * (TOKENS - hidden) + [0.0] * hidden))
    Q = score.T if transpose else score
    out = scale * (value @ Z @ M @ (Z.transpose(1, 2) @ Q @ Z)).transpose(1, 2)
    (out * weight).sum().backward()
    return {
        "options": {"hiddenTokens": hidden, "scale": scale, "transposeScore": transpose},
        "tokens": dump(rows),
        "score": dump(score),
        "value": dump(value),
        "weight": dump(weight),
        "output": dump(out),
        "gradients": {"tokens": dump(rows.grad), "score": dump(score.grad), "value": dump(value.grad)},
    }


golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/attention/unnormalized_linear_attention.py",
    "seed": SEED,
    "cases": [case(0, 1.0, False), case(1, 1 / 6, False), case(1, 1 / 6, True), case(2, 0.5, True)],
}
Path("packages/attention/test/golden/unnormalized-linear-attention.json").write_text(json.dumps(golden) + "\n")
