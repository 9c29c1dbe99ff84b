"""Draws of PyTorch's CPU generator: writes packages/random/test/golden/torch-draws.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/random/torch_draws.py
"""

import json
from pathlib import Path

import torch

SEED = 1
SIZES = [1, 2, 6, 10, 15, 16, 17, 31, 32, 33, 60, 480]
SEQUENCE = [3, 15, 17, 1, 480, 2, 60]


def numbers(tensor):
    return [float(f"{x:.9g}") for x in tensor.tolist()]


single = []
for seed in (0, 1, 42, 2**32 - 1):
    for size in SIZES if seed == SEED else (15, 33):
        torch.manual_seed(seed)
        single.append({"seed": seed, "randn": numbers(torch.randn(size))})

torch.manual_seed(SEED)
sequence = [numbers(torch.randn(size)) for size in SEQUENCE]

torch.manual_seed(SEED)
rand = numbers(torch.rand(37))

torch.manual_seed(SEED)
many = torch.randn(2000)

golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/random/torch_draws.py",
    "seed": SEED,
    "single": single,
    "sequence": sequence,
    "rand": rand,
    "last16of2000": numbers(many[-16:]),
}
target = Path("packages/random/test/golden/torch-draws.json")
target.write_text(json.dumps(golden) + "\n")
