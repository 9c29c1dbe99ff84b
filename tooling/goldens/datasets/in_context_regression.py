"""Quantiles of the gamma distribution from SciPy, for the lengths of radial-gamma prompts: writes
packages/datasets/test/golden/gamma-quantiles.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/datasets/in_context_regression.py
"""

import json
from pathlib import Path

import scipy
from scipy import stats

levels = [0.05, 0.25, 0.5, 0.75, 0.95]
golden = {
    "producer": f"scipy {scipy.__version__}",
    "script": "tooling/goldens/datasets/in_context_regression.py",
    "seed": None,
    "levels": levels,
    "gamma": [{"shape": k, "quantiles": stats.gamma.ppf(levels, k).tolist()} for k in (0.1, 0.5, 1.0, 2.5, 30.0)],
}
Path("packages/datasets/test/golden/gamma-quantiles.json").write_text(json.dumps(golden) + "\n")
