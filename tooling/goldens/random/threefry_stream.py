"""The counter-based generator again, in NumPy and SciPy: writes packages/random/test/golden/threefry-stream.json.

Follows the published description of Threefry-2x32 with 64-bit Python integers, the documented use of the words, and scipy's
inverse normal distribution function, so it shares no code with the package.

Run from the repository root: /usr/bin/python3 tooling/goldens/random/threefry_stream.py
"""

import json
from pathlib import Path

import numpy
import scipy
from scipy.special import ndtri

MASK = 2**32 - 1
ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]]


def rotate(x, r):
    return ((x << r) | (x >> (32 - r))) & MASK


def threefry(key, counter):
    schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA]
    x = [(counter[i] + schedule[i]) & MASK for i in range(2)]
    for r in range(20):
        x[0] = (x[0] + x[1]) & MASK
        x[1] = rotate(x[1], ROTATIONS[(r // 4) % 2][r % 4]) ^ x[0]
        if r % 4 == 3:
            s = r // 4 + 1
            x[0] = (x[0] + schedule[s % 3]) & MASK
            x[1] = (x[1] + schedule[(s + 1) % 3] + s) & MASK
    return tuple(x)


def root(seed):
    return (seed >> 32, seed & MASK)


def words(key, count):
    out = []
    block = 0
    while len(out) < count:
        out.extend(threefry(key, (block & MASK, block >> 32)))
        block += 1
    return out[:count]


def split(key, label):
    if isinstance(label, str):
        units = label.encode("utf-16-le")
        units += b"\0" * (-len(units) % 8)
        key = threefry(key, (len(label.encode("utf-16-le")) // 2, 0x80000001))
        for i in range(0, len(units), 8):
            key = threefry(key, (int.from_bytes(units[i : i + 4], "little"), int.from_bytes(units[i + 4 : i + 8], "little")))
        return key
    key = threefry(key, (2, 0x80000003 if label < 0 else 0x80000002))
    return threefry(key, (abs(label) & MASK, abs(label) >> 32))


def uniforms(key, count):
    w = words(key, 2 * count)
    return [((w[2 * i] >> 5) * 2**26 + (w[2 * i + 1] >> 6)) / 2**53 for i in range(count)]


def normals(key, count):
    w = words(key, 2 * count)
    out = []
    for i in range(count):
        p = ((w[2 * i] >> 6) * 2**26 + (w[2 * i + 1] >> 6) + 0.5) / 2**53
        z = float(ndtri(p))
        out.append(z if w[2 * i] % 2 == 0 else -z)
    return out


def shuffled(key, count):
    source = iter(words(key, 4 * count))
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        bound = i + 1
        x = next(source)
        while x >= 2**32 - 2**32 % bound:
            x = next(source)
        j = x % bound
        order[i], order[j] = order[j], order[i]
    return order


seeds = [0, 1, 20241014, 2**53 - 1]
labels = ["a", "weights", "weightsX", "\u00e9\U0001f600", 0, 7, "7", -7, 2**40 + 5]
tails = [2.0**-54, 1e-16, 1e-12, 1e-11, 1.3887943864964021e-11, 1e-7, 1e-3, 0.02, 0.0749, 0.075, 0.0751, 0.2, 0.49999, 0.5]
golden = {
    "producer": f"numpy {numpy.__version__}, scipy {scipy.__version__}",
    "script": "tooling/goldens/random/threefry_stream.py",
    "seed": seeds[2],
    "streams": [
        {
            "seed": s,
            "words": words(root(s), 5),
            "uniform": uniforms(root(s), 5),
            "normal": normals(root(s), 101),
            "permutation": shuffled(root(s), 23),
        }
        for s in seeds
    ],
    "splits": [{"label": label, "words": words(split(root(seeds[2]), label), 3)} for label in labels],
    "nested": words(split(split(root(seeds[2]), "run"), 3), 3),
    "quantiles": [{"p": p, "z": float(ndtri(p))} for p in tails],
}
target = Path("packages/random/test/golden/threefry-stream.json")
target.write_text(json.dumps(golden) + "\n")
