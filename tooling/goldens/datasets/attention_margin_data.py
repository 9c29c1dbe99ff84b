"""The authors' synthetic data for seeds 1 to 100: writes packages/datasets/test/golden/attention-margin-data.json.

Every data set is one base64 string of little-endian float32: head [10], labels [6], inputs [6, 8, 10], queries [6, 10], in the
order in which they are drawn.

Run from the repository root: /usr/bin/python3 tooling/goldens/datasets/attention_margin_data.py
"""

import base64
import json
from pathlib import Path

import numpy
import torch

SAMPLES, TOKENS, DIM = 6, 8, 10


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def data_set(seed, samples=SAMPLES, tokens=TOKENS, dim=DIM):
    torch.manual_seed(seed)
    head = torch.randn(dim)
    labels = torch.where(torch.randn(samples) > 0, 1.0, -1.0)
    inputs = torch.randn(samples, tokens, dim)
    queries = torch.randn(samples, dim)
    parts = [unit(head), labels, unit(inputs), unit(queries)]
    flat = numpy.concatenate([p.numpy().ravel() for p in parts]).astype("<f4")
    return base64.b64encode(flat.tobytes()).decode()


golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/datasets/attention_margin_data.py",
    "seed": 1,
    "seeds": list(range(1, 101)),
    "sets": [data_set(seed) for seed in range(1, 101)],
    "small": {"seed": 5, "samples": 3, "tokens": 2, "dim": 5, "set": data_set(5, 3, 2, 5)},
}
target = Path("packages/datasets/test/golden/attention-margin-data.json")
target.write_text(json.dumps(golden, indent=0) + "\n")
