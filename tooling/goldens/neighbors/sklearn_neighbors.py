"""Nearest neighbours and k-means by scikit-learn, and maximum inner products by NumPy, all in float64.

Writes packages/neighbors/test/golden/sklearn-neighbors.json. Run from the repository's root.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.neighbors import NearestNeighbors

SEED = 11
rng = np.random.RandomState(SEED)

KEYS, QUERIES, DIMENSION, K = 61, 7, 5, 11
# Rounded to float32, and far from the origin, where float32 products alone would lose the distances.
keys = (rng.randn(KEYS, DIMENSION) + 30).astype(np.float32)
queries = (rng.randn(QUERIES, DIMENSION) + 30).astype(np.float32)
keys64, queries64 = keys.astype(np.float64), queries.astype(np.float64)


def neighbors(metric):
    search = NearestNeighbors(n_neighbors=K, algorithm="brute", metric=metric).fit(keys64)
    distances, indices = search.kneighbors(queries64)
    return distances, indices


euclidean, euclidean_indices = neighbors("euclidean")
# The brute-force metric expands the square; the distances themselves are taken again without cancellation.
euclidean = np.linalg.norm(queries64[:, None, :] - keys64[euclidean_indices], axis=-1)
_, cosine_indices = neighbors("cosine")
units = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (queries64, keys64)]
cosine = np.einsum("qd,qkd->qk", units[0], units[1][cosine_indices])
products = queries64 @ keys64.T
product_indices = np.argsort(-products, axis=1, kind="stable")[:, :K]

# Five groups far apart: every good start ends in the same partition.
CELLS, PER_CELL = 5, 17
centers = 20 * rng.randn(CELLS, 3)
points = (np.repeat(centers, PER_CELL, axis=0) + rng.randn(CELLS * PER_CELL, 3)).astype(np.float32)
points = points[rng.permutation(len(points))]
fitted = KMeans(n_clusters=CELLS, n_init=10, random_state=SEED, tol=0, algorithm="lloyd").fit(points.astype(np.float64))
# A cloud without groups: local minima differ, and only the size of the inertia can be compared.
cloud = rng.randn(499, 4).astype(np.float32)
runs = [
    KMeans(n_clusters=23, n_init=1, random_state=run, tol=0, algorithm="lloyd", init="k-means++").fit(cloud.astype(np.float64)).inertia_
    for run in range(100)
]

golden = {
    "producer": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "script": "tooling/goldens/neighbors/sklearn_neighbors.py",
    "seed": SEED,
    "dimension": DIMENSION,
    "k": K,
    "keys": keys64.ravel().tolist(),
    "queries": queries64.ravel().tolist(),
    "metrics": {
        "euclidean": {"indices": euclidean_indices.ravel().tolist(), "scores": (-euclidean).ravel().tolist()},
        "cosine": {"indices": cosine_indices.ravel().tolist(), "scores": cosine.ravel().tolist()},
        "inner-product": {
            "indices": product_indices.ravel().tolist(),
            "scores": np.take_along_axis(products, product_indices, axis=1).ravel().tolist(),
        },
    },
    "groups": {
        "points": points.astype(np.float64).ravel().tolist(),
        "cells": CELLS,
        "labels": fitted.labels_.tolist(),
        "centroids": fitted.cluster_centers_.ravel().tolist(),
        "inertia": fitted.inertia_,
    },
    "cloud": {"points": cloud.astype(np.float64).ravel().tolist(), "cells": 23, "lowest": min(runs), "mean": float(np.mean(runs)), "highest": max(runs)},
}
Path("packages/neighbors/test/golden/sklearn-neighbors.json").write_text(json.dumps(golden) + "\n")
print(golden["cloud"]["lowest"], golden["cloud"]["mean"], golden["cloud"]["highest"])
