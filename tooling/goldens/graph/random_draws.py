"""The random operators again, with Python's integers and NumPy: writes packages/graph/test/golden/random-draws.json.

Threefry-2x32 follows its published description and is checked here against the known answers of Random123; the rest follows the
documentation of randomBits, randomUniform, randomNormal, bernoulli, randomSplit and randomFold. No code is shared with the package.

Run from the repository root: /usr/bin/python3 tooling/goldens/graph/random_draws.py
"""

import json
from pathlib import Path

import numpy

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
    return x


assert threefry([0, 0], [0, 0]) == [0x6B200159, 0x99BA4EFE]
assert threefry([MASK, MASK], [MASK, MASK]) == [0x1CB996FC, 0xBB002BE7]
assert threefry([0x13198A2E, 0x03707344], [0x243F6A88, 0x85A308D3]) == [0xC4923A9C, 0x483DF7A0]


def bits(key, count):
    half = (count + 1) // 2
    seconds = [i + half for i in range(half)]
    if count % 2 == 1:
        seconds[-1] = 0
    blocks = [threefry(key, [i, seconds[i]]) for i in range(half)]
    return ([b[0] for b in blocks] + [b[1] for b in blocks])[:count]


def uniform32(key, count):
    return [(w >> 8) / 2**24 for w in bits(key, count)]


def uniform64(key, count):
    words = bits(key, 2 * count)
    return [((words[i] >> 5) * 2**26 + (words[count + i] >> 6)) / 2**53 for i in range(count)]


def normal(uniform, key, count):
    half = (count + 1) // 2
    u = numpy.array(uniform(key, 2 * half))
    radius, angle = numpy.sqrt(-2 * numpy.log1p(-u[:half])), 2 * numpy.pi * u[half:]
    return numpy.concatenate([radius * numpy.cos(angle), radius * numpy.sin(angle)])[:count].tolist()


def bernoulli(key, probability, count):
    if min(probability, 1 - probability) < 1 / 256:
        return [int(w < round(probability * 2**32)) for w in bits(key, count)]
    words = bits(key, (count + 1) // 2)
    halves = [w >> 16 for w in words] + [w & 65535 for w in words]
    return [int(h < round(probability * 2**16)) for h in halves][:count]


def fold(key, step):
    return threefry(key, [step & MASK, 0x80000000])


def numbered(key, count):
    return [threefry(key, [i, 0xC0000000]) for i in range(count)]


def labelled(key, label):
    units = label.encode("utf-16-le")
    length = len(units) // 2
    units += b"\0" * (-len(units) % 8)
    value = threefry([0, 0], [length, 0])
    for i in range(0, len(units), 8):
        value = threefry(value, [int.from_bytes(units[i : i + 4], "little"), int.from_bytes(units[i + 4 : i + 8], "little")])
    return threefry(key, [value[0], value[1] | 0x80000000])


key = [123456789, 4000000007]
golden = {
    "producer": f"numpy {numpy.__version__}",
    "script": "tooling/goldens/graph/random_draws.py",
    "seed": None,
    "key": key,
    "bits": {str(n): bits(key, n) for n in [1, 2, 7, 24]},
    "uniform32": uniform32(key, 7),
    "uniform64": uniform64(key, 7),
    "normal32": normal(uniform32, key, 7),
    "normal64": normal(uniform64, key, 7),
    "bernoulli": {str(p): bernoulli(key, p, 11) for p in [0.001, 0.3, 0.9]},
    "rare": {str(p): [i for i, v in enumerate(bernoulli(key, p, 2000)) if v] for p in [0.0035, 0.0045]},
    "fold": {str(step): fold(key, step) for step in [0, 1, 2**32 - 1]},
    "numbered": numbered(key, 3),
    "labelled": {label: labelled(key, label) for label in ["a", "dropout", "layers.10/ä€😀"]},
}
Path("packages/graph/test/golden/random-draws.json").write_text(json.dumps(golden) + "\n")
