"""A file written by the reference implementation, for packages/train/test/golden/safetensors.json (pip install safetensors)."""

import base64
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.numpy import save

tensors = {
    "weight": np.array([[1.5, -2.25], [0.1, 3e-8]], dtype=np.float32),
    "ids": np.array([2**53 + 1, -7], dtype=np.int64),
    "flags": np.array([True, False, True]),
    "scalar": np.array(0.1, dtype=np.float64),
    "counts": np.array([2**32 - 1, 5], dtype=np.uint32),
}
out = Path(__file__).parents[3] / "packages/train/test/golden/safetensors.json"
body = base64.b64encode(save(tensors, metadata={"made": "here"})).decode()
head = {"producer": f"safetensors {version('safetensors')}", "script": "tooling/goldens/train/safetensors_file.py", "seed": 0}
out.write_text(json.dumps(head | {"base64": body}, indent=1) + "\n")
