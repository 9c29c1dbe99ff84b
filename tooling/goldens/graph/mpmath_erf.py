"""The error function to 40 digits, rounded to float64, by mpmath: writes packages/graph/test/golden/mpmath-erf.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/graph/mpmath_erf.py
"""

import json
import math
from pathlib import Path

import mpmath

mpmath.mp.dps = 40

# Both ranges of the rational approximation, their seam at 0.46875, tiny arguments, and where erf becomes 1.
grid = [0.0, 1e-300, 1e-20, 1e-8, 1e-4, 0.46874999, 0.46875, 0.46875001, 5.9, 5.93, 6.0, 6.5, 27.0]
grid += [0.006 + 0.0119 * i for i in range(80)] + [1.0 + 0.061 * i for i in range(80)]
points = sorted(grid + [-x for x in grid if x > 0])

path = Path("packages/graph/test/golden/mpmath-erf.json")
head = {"producer": f"mpmath {mpmath.__version__}", "script": "tooling/goldens/graph/mpmath_erf.py", "seed": None}
values = {
    "x": points,
    "erf": [float(mpmath.erf(mpmath.mpf(x))) for x in points],
    "gelu": [float(mpmath.mpf(x) * mpmath.ncdf(mpmath.mpf(x))) for x in points],
    "softplus": [float(mpmath.log1p(mpmath.exp(mpmath.mpf(x)))) for x in points],
}
assert all(math.isfinite(v) for column in values.values() for v in column)
path.write_text(json.dumps({**head, **values}, separators=(",", ":")) + "\n")
