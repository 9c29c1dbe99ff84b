"""Twelve training steps of a two-layer network in PyTorch, for packages/train/test/golden/training.json."""

import json
from pathlib import Path

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
x, y = torch.randn(12, 5, 3), torch.randn(12, 5)
w1, b1, w2 = torch.randn(3, 7) * 0.5, torch.randn(7) * 0.1, torch.randn(7, 1) * 0.5
first = {"w1": w1.flatten().tolist(), "b1": b1.tolist(), "w2": w2.flatten().tolist()}
params = [t.requires_grad_(True) for t in (w1, b1, w2)]
optimizer = torch.optim.Adam(params, lr=0.05)
losses = []
for batch, target in zip(x, y):
    loss = ((torch.tanh(batch @ w1 + b1) @ w2).squeeze(-1) - target).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
out = Path(__file__).parents[3] / "packages/train/test/golden/training.json"
last = {"w1": w1.flatten().tolist(), "b1": b1.tolist(), "w2": w2.flatten().tolist()}
head = {"producer": f"torch {torch.__version__}", "script": "tooling/goldens/train/training.py", "seed": 7}
out.write_text(json.dumps(head | {"x": x.flatten().tolist(), "y": y.flatten().tolist(), "first": first, "last": last, "losses": losses}, indent=1) + "\n")
