"""Parameters after every step of PyTorch's optimizers, and rates of its schedulers: writes packages/optimizers/test/golden/torch-optimizers.json.

The gradients are given numbers, so that only the update rules are compared.

Run from the repository root: /usr/bin/python3 tooling/goldens/optimizers/torch_optimizers.py
"""

import json
from pathlib import Path

import torch

SEED = 2
STEPS = 25
SHAPES = {"weight": [3, 5], "bias": [5]}

torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
start = {name: torch.randn(shape) for name, shape in SHAPES.items()}
grads = [{name: torch.randn(shape) * 10.0 ** (k % 3 - 1) for name, shape in SHAPES.items()} for k in range(STEPS)]


def numbers(tensor):
    return tensor.detach().flatten().tolist()


def tree(tensors):
    return {name: numbers(tensor) for name, tensor in tensors.items()}


def run(make, schedule=None):
    params = {name: torch.nn.Parameter(value.clone()) for name, value in start.items()}
    optimizer = make(list(params.values()))
    scheduler = schedule(optimizer) if schedule else None
    trajectory = []
    for step in grads:
        for name, param in params.items():
            param.grad = step[name].clone()
        optimizer.step()
        if scheduler:
            scheduler.step()
        trajectory.append(tree(params))
    return trajectory


def rates(schedule, learning_rate):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=learning_rate)
    scheduler = schedule(optimizer)
    seen = []
    for _ in range(STEPS):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def cosine(optimizer):
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS, eta_min=0.01)


optim = torch.optim
scheduling = torch.optim.lr_scheduler
trajectories = {
    "gradientDescent": run(lambda p: optim.SGD(p, lr=0.1)),
    "momentum": run(lambda p: optim.SGD(p, lr=0.05, momentum=0.9)),
    "nesterov": run(lambda p: optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True)),
    "weightDecay": run(lambda p: optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1)),
    "adam": run(lambda p: optim.Adam(p, lr=0.01)),
    "adamOtherConstants": run(lambda p: optim.Adam(p, lr=0.3, betas=(0.5, 0.75), eps=0.1)),
    "adamw": run(lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.2)),
    "adamCosine": run(lambda p: optim.Adam(p, lr=0.2), cosine),
    "momentumCosine": run(lambda p: optim.SGD(p, lr=0.2, momentum=0.9), cosine),
}
schedules = {
    "cosine": rates(cosine, 0.2),
    "exponential": rates(lambda o: scheduling.ExponentialLR(o, gamma=0.93), 0.2),
    "step": rates(lambda o: scheduling.StepLR(o, step_size=7, gamma=0.3), 0.2),
    "warmup": rates(lambda o: scheduling.LinearLR(o, start_factor=0.25, total_iters=8), 0.2),
}
golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/optimizers/torch_optimizers.py",
    "seed": SEED,
    "start": tree(start),
    "grads": [tree(step) for step in grads],
    "trajectories": trajectories,
    "schedules": schedules,
}
Path("packages/optimizers/test/golden/torch-optimizers.json").write_text(json.dumps(golden) + "\n")
