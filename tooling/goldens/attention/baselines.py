"""Routing, Reformer, Performer and linear attention and the blocks of HyperAttention in numpy float64 on float32 inputs, each written as a
masked or weighted sum over all pairs of tokens with its random matrices given: writes packages/attention/test/golden/baselines.json.

Run from the repository root: /usr/bin/python3 tooling/goldens/attention/baselines.py
"""

import json
import math
from pathlib import Path

import numpy as np

SEED = 37
rng = np.random.default_rng(SEED)
BATCH, HEADS, TOKENS, HEAD_DIM, VALUE_DIM = 2, 2, 13, 5, 3
CLUSTERS, CHUNK, ROUNDS, BUCKETS, FEATURES, BITS, BLOCK = 3, 4, 3, 6, 11, 3, 3


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def dump(x):
    x = np.asarray(x)
    values = [None if math.isinf(v) else v for v in x.astype(np.float64).ravel().tolist()]
    return {"shape": list(x.shape), "values": values}


query, key, value = (normal(BATCH, HEADS, TOKENS, width) for width in (HEAD_DIM, HEAD_DIM, VALUE_DIM))
mask = rng.random((BATCH, TOKENS)) > 0.3
centroids = normal(HEADS, CLUSTERS, HEAD_DIM)[None].repeat(BATCH, 0) * np.float32(0.5)
rotations = normal(ROUNDS, HEAD_DIM, BUCKETS // 2)
projection = normal(FEATURES, HEAD_DIM)
directions = normal(BITS, HEAD_DIM)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def softmax(scores, allowed, v):
    """Rows of masked softmax attention, and their log-sum-exps."""
    scores = np.where(allowed, scores, -np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        lse = np.logaddexp.reduce(scores, axis=-1)
        weights = np.where(allowed, np.exp(scores - lse[:, None]), 0)
    return weights @ v, lse


def weighted(weights, v):
    """Rows of attention with positive weights that may all be zero."""
    total = weights.sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total[:, None] > 0, (weights @ v) / total[:, None], 0), np.log(total)


def linear(q, k, v, allowed, visible, scale, place):
    root = math.sqrt(1 if scale is None else scale)
    phi = lambda x: np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))
    return weighted(np.where(allowed, phi(root * q) @ phi(root * k).T, 0), v)


def performer(q, k, v, allowed, visible, scale, place):
    root = math.sqrt(1 / math.sqrt(HEAD_DIM) if scale is None else scale)
    w = projection.astype(np.float64)
    phi = lambda x: np.exp((root * x) @ w.T - (root * x * root * x).sum(-1, keepdims=True) / 2) / math.sqrt(FEATURES)
    return weighted(np.where(allowed, phi(q) @ phi(k).T, 0), v)


def routing(membership):
    def run(q, k, v, allowed, visible, scale, place):
        c = centroids[place].astype(np.float64)
        columns = np.flatnonzero(visible)
        by_query, by_key = unit(q) @ c.T, unit(k) @ c.T
        nearest = lambda x: np.argmin(((x[:, None] - c[None]) ** 2).sum(-1), -1)
        closest_query, closest_key = nearest(unit(q)), nearest(unit(k))
        query_in = np.zeros((TOKENS, CLUSTERS), bool)
        key_in = np.zeros((TOKENS, CLUSTERS), bool)
        if membership == "nearest":
            query_in[np.arange(TOKENS), closest_query] = True
            key_in[np.arange(TOKENS), closest_key] = True
        else:
            for cluster in range(CLUSTERS):
                query_in[np.argsort(-by_query[:, cluster])[: math.ceil(TOKENS / CLUSTERS)], cluster] = True
                ranked = columns[np.argsort(-by_key[columns, cluster])]
                key_in[ranked[: math.ceil(len(columns) / CLUSTERS)], cluster] = True
            alone = ~query_in.any(1)
            query_in[alone, closest_query[alone]] = True
        together = (query_in.astype(int) @ key_in.T.astype(int)) > 0
        factor = 1 / math.sqrt(HEAD_DIM) if scale is None else scale
        return softmax(factor * q @ k.T, allowed & together, v)

    return run


def reformer(q, k, v, allowed, visible, scale, place):
    keys = unit(q)
    factor = 1 / math.sqrt(HEAD_DIM) if scale is None else scale
    scores = factor * q @ keys.T
    others = allowed & ~np.eye(TOKENS, dtype=bool)
    rounds = []
    for r in range(ROUNDS):
        xr = keys @ rotations[r].astype(np.float64)
        bucket = np.argmax(np.concatenate([xr, -xr], -1), -1)
        order = sorted(range(TOKENS), key=lambda t: (bucket[t], t))
        chunk = np.zeros(TOKENS, int)
        for place_in_order, token in enumerate(order):
            before = sum(visible[t] for t in order[:place_in_order])
            chunk[token] = min(before // CHUNK, max(0, -(-int(visible.sum()) // CHUNK) - 1))
        gap = chunk[:, None] - chunk[None, :]
        rounds.append(softmax(scores, others & ((gap == 0) | (gap == 1)), v))
    out, lse = np.zeros((TOKENS, VALUE_DIM)), np.full(TOKENS, -np.inf)
    for t in range(TOKENS):
        total = np.logaddexp.reduce([one[1][t] for one in rounds])
        if np.isfinite(total):
            out[t] = sum(np.exp(one[1][t] - total) * one[0][t] for one in rounds if np.isfinite(one[1][t]))
            lse[t] = total - math.log(ROUNDS)
        elif allowed[t, t]:
            out[t], lse[t] = v[t], scores[t, t]
    return out, lse


def hyper(q, k, v, allowed, visible, scale, place):
    """The blocks alone, without a sample of the other keys."""
    gray = {n ^ (n >> 1): n for n in range(2**BITS)}
    code = lambda x: np.array([gray[int("".join("1" if y > 0 else "0" for y in row), 2)] for row in x @ directions.astype(np.float64).T])
    query_code, key_code = code(q), code(k)
    columns = np.flatnonzero(visible)
    limits = allowed.sum(-1)
    pairs = np.zeros((TOKENS, TOKENS), bool)

    def common(rows, keys):
        rows, keys = sorted(rows, key=lambda t: (query_code[t], t)), sorted(keys, key=lambda t: (key_code[t], t))
        blocks = -(-len(keys) // BLOCK)
        for b in range(blocks):
            mine = [t for rank, t in enumerate(rows) if int((rank + 0.5) * blocks / len(rows)) == b]
            pairs[np.ix_(mine, keys[b * len(keys) // blocks : (b + 1) * len(keys) // blocks])] = True

    def attend(start, end, first):
        if limits[start] > first:
            common(list(range(start, end)), list(columns[first : limits[start]]))
        first = max(first, limits[start])
        if end - start <= BLOCK:
            for t in range(start, end):
                pairs[t, columns[first : limits[t]]] = True
        else:
            attend(start, (start + end) // 2, first)
            attend((start + end) // 2, end, first)

    attend(0, TOKENS, 0)
    factor = 1 / math.sqrt(HEAD_DIM) if scale is None else scale
    return softmax(factor * q @ k.T, allowed & pairs, v)


METHODS = {
    "hyper": hyper,
    "linear": linear,
    "performer": performer,
    "routing": routing("balanced"),
    "routingNearest": routing("nearest"),
    "reformer": reformer,
}
CASES = {
    "plain": (False, False, None),
    "scaled": (False, False, 0.9),
    "causal": (True, False, None),
    "padding": (False, True, None),
    "causalPadding": (True, True, None),
}


def run(method, causal, padding, scale):
    output = np.zeros((BATCH, HEADS, TOKENS, VALUE_DIM))
    lse = np.zeros((BATCH, HEADS, TOKENS))
    for b in range(BATCH):
        visible = mask[b] if padding else np.ones(TOKENS, bool)
        allowed = np.broadcast_to(visible, (TOKENS, TOKENS))
        if causal:
            allowed = allowed & np.tril(np.ones((TOKENS, TOKENS), bool))
        for h in range(HEADS):
            q, k, v = (x[b, h].astype(np.float64) for x in (query, key, value))
            output[b, h], lse[b, h] = method(q, k, v, allowed, visible, scale, (b, h))
    return {"output": dump(output), "lse": dump(lse)}


out = {
    "producer": f"numpy {np.__version__}",
    "script": "tooling/goldens/attention/baselines.py",
    "seed": SEED,
    "chunk": CHUNK,
    "block": BLOCK,
    "query": dump(query),
    "key": dump(key),
    "value": dump(value),
    "mask": dump(mask),
    "centroids": dump(centroids),
    "rotations": dump(rotations),
    "projection": dump(projection),
    "directions": dump(directions),
    **{name: {case: run(method, *how) for case, how in CASES.items()} for name, method in METHODS.items()},
}
path = Path("packages/attention/test/golden/baselines.json")
path.write_text(json.dumps(out) + "\n")
