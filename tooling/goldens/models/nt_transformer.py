"""The transformer for modular-delay tasks in PyTorch, with both attentions: writes packages/models/test/golden/nt-transformer.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/models/nt_transformer.py
"""

import json
from pathlib import Path

import torch

SEED = 21
VOCAB, CONTEXT, HIDDEN, LAYERS, BATCH, LENGTH = 3, 5, 7, 2, 2, 4
WIDTH = VOCAB + CONTEXT
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)


def tensor(*shape):
    return torch.randn(shape).mul(0.5).requires_grad_()


def block():
    linear = lambda inputs, outputs: {"weight": tensor(inputs, outputs), "bias": tensor(outputs)}
    norm = lambda: {"scale": tensor(WIDTH), "bias": tensor(WIDTH)}
    attention = {name: {"weight": tensor(WIDTH, WIDTH)} for name in ("query", "key", "value", "output")}
    return {"attention": attention, "attentionNorm": norm(), "mlp": {"up": linear(WIDTH, HIDDEN), "down": linear(HIDDEN, WIDTH)}, "mlpNorm": norm()}


def layer_norm(params, x):
    return torch.nn.functional.layer_norm(x, (WIDTH,), params["scale"], params["bias"])


def model(params, tokens, kind, scale):
    places = torch.eye(CONTEXT)[:LENGTH].expand(BATCH, LENGTH, CONTEXT)
    x = torch.cat([torch.nn.functional.one_hot(tokens, VOCAB).double(), places], -1)
    seen = torch.ones(LENGTH, LENGTH).tril()
    for one in params["blocks"]:
        y = layer_norm(one["attentionNorm"], x)
        query, key, value = (y @ one["attention"][name]["weight"] for name in ("query", "key", "value"))
        z = scale * query @ key.transpose(-2, -1)
        if kind == "expressive":
            phi = z**2 / (1 + z**2) * seen
            alpha = phi / (phi.sum(-1, keepdim=True) + 1e-12)
        else:
            alpha = z.masked_fill(seen == 0, float("-inf")).softmax(-1)
        x = x + alpha @ value @ one["attention"]["output"]["weight"]
        y = layer_norm(one["mlpNorm"], x)
        hidden = (y @ one["mlp"]["up"]["weight"] + one["mlp"]["up"]["bias"]).relu()
        x = x + hidden @ one["mlp"]["down"]["weight"] + one["mlp"]["down"]["bias"]
    return layer_norm(params["norm"], x) @ params["readOut"]["weight"] + params["readOut"]["bias"]


def leaves(tree, path=""):
    if isinstance(tree, torch.Tensor):
        return {path: tree}
    items = enumerate(tree) if isinstance(tree, list) else tree.items()
    return {k: v for name, child in items for k, v in leaves(child, f"{path}.{name}" if path else str(name)).items()}


def record(tensors):
    return {name: {"shape": list(t.shape), "values": t.detach().flatten().tolist()} for name, t in tensors.items()}


params = {
    "blocks": [block() for _ in range(LAYERS)],
    "norm": {"scale": tensor(WIDTH), "bias": tensor(WIDTH)},
    "readOut": {"weight": tensor(WIDTH, VOCAB), "bias": tensor(VOCAB)},
}
tokens = torch.randint(VOCAB, (BATCH, LENGTH))
cases = []
for kind, name, scale in [("dot-product", "sqrtHeadDim", WIDTH**-0.5), ("expressive", "sqrtHeadDim", WIDTH**-0.5), ("expressive", "none", 1.0)]:
    logits = model(params, tokens, kind, scale)
    loss = (logits * torch.sin(torch.arange(logits.numel()) + 1.0).reshape(logits.shape)).sum()
    grads = torch.autograd.grad(loss, list(leaves(params).values()))
    cases.append({"attention": kind, "scale": name, "logits": logits.detach().flatten().tolist(), "gradients": record(dict(zip(leaves(params), grads)))})

golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/models/nt_transformer.py",
    "seed": SEED,
    "config": {"vocabSize": VOCAB, "contextLength": CONTEXT, "mlpWidth": HIDDEN, "numLayers": LAYERS},
    "tokens": {"shape": [BATCH, LENGTH], "values": tokens.flatten().tolist()},
    "params": record(leaves(params)),
    "cases": cases,
}
Path("packages/models/test/golden/nt-transformer.json").write_text(json.dumps(golden) + "\n")
