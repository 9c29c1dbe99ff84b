"""Losses and their gradients from PyTorch, for packages/train/test/golden/losses.json."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(20241014)
torch.set_default_dtype(torch.float64)


def case(name, loss, x):
    x = x.clone().requires_grad_(True)
    value = loss(x)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    return {"name": name, "value": value.detach().flatten().tolist(), "gradient": gradient.flatten().tolist()}


logits = torch.randn(7, 5) * 3
labels = torch.tensor([0, 4, 2, 1, 3, 3, 0])
scores = torch.tensor([-40.0, -3.0, -0.5, 0.0, 0.7, 5.0, 60.0])
targets = torch.tensor([0.0, 1.0, 0.25, 1.0, 0.0, 1.0, 1.0])
cases = [
    case("crossEntropy mean", lambda x: F.cross_entropy(x, labels), logits),
    case("crossEntropy sum", lambda x: F.cross_entropy(x, labels, reduction="sum"), logits),
    case("crossEntropy none", lambda x: F.cross_entropy(x, labels, reduction="none"), logits),
    case("crossEntropy smoothed", lambda x: F.cross_entropy(x, labels, label_smoothing=0.1), logits),
    case("binaryCrossEntropy", lambda x: F.binary_cross_entropy_with_logits(x, targets), scores),
    case("logisticLoss", lambda x: F.softplus(-x).mean(), scores),
    case("exponentialLoss", lambda x: torch.exp(-x).sum(), scores),
    case("hingeLoss", lambda x: F.relu(1 - x).sum(), scores),
    case("meanSquaredError", lambda x: F.mse_loss(x, targets), scores),
]
out = Path(__file__).parents[3] / "packages/train/test/golden/losses.json"
out.parent.mkdir(parents=True, exist_ok=True)
head = {"producer": f"torch {torch.__version__}", "script": "tooling/goldens/train/losses.py", "seed": 20241014}
data = {"logits": logits.flatten().tolist(), "labels": labels.tolist(), "scores": scores.tolist(), "targets": targets.tolist(), "cases": cases}
out.write_text(json.dumps(head | data, indent=1) + "\n")
