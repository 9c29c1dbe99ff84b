"""PyTorch peer of the benchmarks: one process, one JSON request per line, one JSON answer per line.

Requests: {"op": "open", "case": ..., "threads": n, "config": {...}, "weights": {name: {"shape": [...], "values": [...]}}}
          {"op": "run", "steps": n} -> {"seconds": s, "losses": [...]}
"""

import json
import sys
import time

import numpy as np
import torch


def tensor(entry, dtype):
    return torch.from_numpy(np.array(entry["values"], dtype=np.float64).reshape(entry["shape"])).to(dtype)


class AttentionClassifier:
    """Scores x W z, softmax over tokens, linear read-out, logistic loss, gradient descent; float64."""

    def __init__(self, config, tensors):
        self.x, self.z, self.y, self.v = (tensor(tensors[k], torch.float64) for k in "xzyv")
        self.w = tensor(tensors["w"], torch.float64).requires_grad_(True)
        self.rate = config["learningRate"]

    def step(self):
        scores = torch.einsum("ntd,de,ne->nt", self.x, self.w, self.z)
        attention = torch.softmax(scores, dim=-1)
        read = torch.einsum("nt,ntd,d->n", attention, self.x, self.v)
        loss = torch.nn.functional.softplus(-self.y * read).mean()
        (grad,) = torch.autograd.grad(loss, self.w)
        with torch.no_grad():
            self.w -= self.rate * grad
        return loss.item()


class AttentionClassifierMatmul(AttentionClassifier):
    """The same step with batched matrix products, which eager PyTorch runs faster than einsum."""

    def step(self):
        keys = self.z @ self.w.T
        scores = torch.bmm(self.x, keys.unsqueeze(-1)).squeeze(-1)
        attention = torch.softmax(scores, dim=-1)
        read = torch.bmm(attention.unsqueeze(1), self.x).squeeze(1) @ self.v
        loss = torch.nn.functional.softplus(-self.y * read).mean()
        (grad,) = torch.autograd.grad(loss, self.w)
        with torch.no_grad():
            self.w -= self.rate * grad
        return loss.item()


class CharGpt:
    """Pre-norm GPT with learned positions and tied output layer, trained by Adam; float32. Parameters have the names of our model."""

    def __init__(self, config, tensors):
        self.config = config
        self.params = {name: tensor(entry, torch.float32).requires_grad_(True) for name, entry in tensors.items() if name not in ("ids", "targets")}
        self.ids = torch.tensor(np.array(tensors["ids"]["values"], dtype=np.int64).reshape(tensors["ids"]["shape"]))
        self.targets = torch.tensor(np.array(tensors["targets"]["values"], dtype=np.int64).reshape(tensors["targets"]["shape"]))
        self.optimizer = torch.optim.Adam(list(self.params.values()), lr=config["learningRate"], betas=(0.9, 0.999), eps=1e-8)
        length = self.ids.shape[1]
        self.mask = torch.tril(torch.ones(length, length, dtype=torch.bool))

    def norm(self, x, name):
        return torch.nn.functional.layer_norm(x, x.shape[-1:], self.params[f"{name}.scale"], None, 1e-5)

    def linear(self, x, name):
        return x @ self.params[f"{name}.weight"]

    def step(self):
        c = self.config
        b, s = self.ids.shape
        heads, width = c["numHeads"], c["width"]
        activation = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}[c["activation"]]
        embedding = self.params["tokens.table"]
        x = torch.nn.functional.embedding(self.ids, embedding) + self.params["positions.table"][:s]
        for i in range(c["numLayers"]):
            h = self.norm(x, f"blocks.{i}.attentionNorm")
            names = (f"blocks.{i}.attention.{n}" for n in ("query", "key", "value"))
            q, k, v = (self.linear(h, n).view(b, s, heads, width // heads).transpose(1, 2) for n in names)
            scores = (q @ k.transpose(-1, -2)) * (width // heads) ** -0.5
            attention = torch.softmax(scores.masked_fill(~self.mask, float("-inf")), dim=-1)
            x = x + self.linear((attention @ v).transpose(1, 2).reshape(b, s, width), f"blocks.{i}.attention.output")
            h = self.norm(x, f"blocks.{i}.mlpNorm")
            x = x + self.linear(activation(self.linear(h, f"blocks.{i}.mlp.up")), f"blocks.{i}.mlp.down")
        logits = self.norm(x, "norm") @ embedding.T
        loss = torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), self.targets.view(-1))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Matmul:
    """One product of float32 matrices; the loss is the sum of a corner, to check the answer."""

    def __init__(self, config, tensors):
        self.a, self.b = tensor(tensors["a"], torch.float32), tensor(tensors["b"], torch.float32)

    def step(self):
        return (self.a @ self.b)[0, 0].item()


class ChunkedAttention:
    """Exact attention of one head in blocks of queries; the loss is the sum of the output, to check the answer."""

    def __init__(self, config, tensors):
        self.q, self.k, self.v = (tensor(tensors[name], torch.float32) for name in ("query", "key", "value"))
        self.chunk = config["chunk"]

    def step(self):
        scale = self.q.shape[-1] ** -0.5
        out = torch.empty(self.q.shape[0], self.v.shape[1])
        with torch.no_grad():
            keys = self.k.T.contiguous()
            for start in range(0, self.q.shape[0], self.chunk):
                scores = (self.q[start : start + self.chunk] * scale) @ keys
                out[start : start + self.chunk] = torch.softmax(scores, dim=-1) @ self.v
        return out.double().sum().item()


CASES = {
    "attention-classifier": AttentionClassifier,
    "attention-classifier-matmul": AttentionClassifierMatmul,
    "char-gpt": CharGpt,
    "matmul": Matmul,
    "chunked-attention": ChunkedAttention,
}


def main():
    case = None
    print(json.dumps({"ready": True, "version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "open":
            torch.set_num_threads(request["threads"])
            case = CASES[request["case"]](request["config"], request["tensors"])
            answer = {"opened": request["case"]}
        else:
            start = time.perf_counter()
            losses = [case.step() for _ in range(request["steps"])]
            answer = {"seconds": time.perf_counter() - start, "losses": losses}
        print(json.dumps(answer), flush=True)


main()
