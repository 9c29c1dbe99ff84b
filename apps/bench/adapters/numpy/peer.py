"""NumPy peer of the benchmarks: one process, one JSON request per line, one JSON answer per line, as in ../torch/peer.py."""

import json
import sys
import time

import numpy as np


def array(entry):
    return np.array(entry["values"], dtype=np.float64).reshape(entry["shape"])


class SignDescent:
    """Full-batch sign descent on the two-layer transformer with two patches, in the closed form of its gradients; float64.

    The sums are written as the formulas have them: products of stacked matrices, and einsum over samples and patches.
    """

    def __init__(self, config, tensors):
        self.x, self.y = array(tensors["patches"]), array(tensors["labels"])
        self.query, self.key, self.value = (array(tensors[k]) for k in ("query", "key", "value"))
        self.rate = config["learningRate"]
        self.group = np.array([1.0, -1.0])

    def step(self):
        x, y = self.x, self.y
        v = self.value[0].mean(0) - self.value[1].mean(0)
        q, k = x @ self.query.T, x @ self.key.T
        scores = q @ k.transpose(0, 2, 1)
        e = np.exp(scores - scores.max(-1, keepdims=True))
        s = e / e.sum(-1, keepdims=True)
        u = x @ v
        received = s.sum(1)
        margin = y * (received * u).sum(1)
        g = -np.exp(-np.logaddexp(0, margin)) * y / len(y)
        grad_v = np.einsum("n,na,nad->d", g, received, x)
        dz = (g * (u[:, 0] - u[:, 1]))[:, None] * s[:, :, 0] * s[:, :, 1]
        grad_q = np.einsum("nl,nm,nld->md", dz, k[:, 0] - k[:, 1], x)
        grad_k = np.einsum("nl,nlm,nd->md", dz, q, x[:, 0] - x[:, 1])
        self.query -= self.rate * np.sign(grad_q)
        self.key -= self.rate * np.sign(grad_k)
        self.value -= self.rate * np.sign(self.group[:, None, None] * grad_v / self.value.shape[1])
        return np.logaddexp(0, -margin).mean()


class SignDescentTuned(SignDescent):
    """The same step with one matrix product over all patches for each projection and each gradient, and updates in place."""

    def __init__(self, config, tensors):
        super().__init__(config, tensors)
        self.rows = self.x.reshape(-1, self.x.shape[-1])
        self.difference = np.ascontiguousarray(self.x[:, 0] - self.x[:, 1])

    def step(self):
        y, rows = self.y, self.rows
        n = len(y)
        v = self.value[0].mean(0) - self.value[1].mean(0)
        q, k = (rows @ self.query.T).reshape(n, 2, -1), (rows @ self.key.T).reshape(n, 2, -1)
        scores = q @ k.transpose(0, 2, 1)
        e = np.exp(scores - scores.max(-1, keepdims=True))
        s = e / e.sum(-1, keepdims=True)
        u = (rows @ v).reshape(n, 2)
        received = s.sum(1)
        margin = y * (received * u).sum(1)
        g = -np.exp(-np.logaddexp(0, margin)) * y / n
        grad_v = (g[:, None] * received).reshape(-1) @ rows
        dz = (g * (u[:, 0] - u[:, 1]))[:, None] * s[:, :, 0] * s[:, :, 1]
        grad_q = (dz[:, :, None] * (k[:, 0] - k[:, 1])[:, None, :]).reshape(2 * n, -1).T @ rows
        grad_k = (dz[:, :, None] * q).sum(1).T @ self.difference
        for weight, grad in ((self.query, grad_q), (self.key, grad_k)):
            np.sign(grad, out=grad)
            grad *= self.rate
            weight -= grad
        move = self.rate * np.sign(grad_v)
        self.value[0] -= move
        self.value[1] += move
        return np.logaddexp(0, -margin).mean()


CASES = {"sign-descent": SignDescent, "sign-descent-tuned": SignDescentTuned}


def main():
    case = None
    print(json.dumps({"ready": True, "version": np.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "open":
            case = CASES[request["case"]](request["config"], request["tensors"])
            answer = {"opened": request["case"]}
        else:
            start = time.perf_counter()
            losses = [case.step() for _ in range(request["steps"])]
            answer = {"seconds": time.perf_counter() - start, "losses": losses}
        print(json.dumps(answer), flush=True)


main()
