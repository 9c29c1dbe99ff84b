"""The models in PyTorch, logits and gradients for given weights: writes packages/models/test/golden/torch-models.json.

Weights are named by their place in our parameter trees and stored as [inputs, outputs]. The text classifier hides padding on
both sides, as its published code does, and always leaves column 0 open.

Run from the repository root: /usr/bin/python3 tooling/goldens/models/torch_models.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

SEED = 7
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)


def numbers(tensor):
    return tensor.detach().flatten().tolist()


class Weights(dict):
    """Parameters by path, drawn on first use."""

    def draw(self, path, *shape):
        self[path] = (torch.randn(shape) * 0.7).requires_grad_()

    def linear(self, path, inputs, outputs, bias):
        self.draw(f"{path}.weight", inputs, outputs)
        if bias:
            self.draw(f"{path}.bias", outputs)

    def norm(self, path, width, bias):
        self.draw(f"{path}.scale", width)
        if bias:
            self.draw(f"{path}.bias", width)

    def blocks(self, layers, width, inner, hidden, bias):
        for layer in range(layers):
            at = f"blocks.{layer}"
            for name in ("query", "key", "value"):
                self.linear(f"{at}.attention.{name}", width, inner, False)
            self.linear(f"{at}.attention.output", inner, width, bias)
            self.norm(f"{at}.attentionNorm", width, bias)
            self.linear(f"{at}.mlp.up", width, hidden, bias)
            self.linear(f"{at}.mlp.down", hidden, width, bias)
            self.norm(f"{at}.mlpNorm", width, bias)

    def apply_linear(self, path, x):
        return F.linear(x, self[f"{path}.weight"].T, self.get(f"{path}.bias"))

    def apply_norm(self, path, x):
        return F.layer_norm(x, x.shape[-1:], self[f"{path}.scale"], self.get(f"{path}.bias"), eps=1e-5)

    def attention(self, at, x, heads, visible):
        batch, tokens, _ = x.shape

        def split(name):
            y = self.apply_linear(f"{at}.attention.{name}", x)
            return y.view(batch, tokens, heads, -1).transpose(1, 2)

        query, key, value = split("query"), split("key"), split("value")
        scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
        if visible is not None:
            scores = scores.masked_fill(~visible, float("-inf"))
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, tokens, -1)
        return self.apply_linear(f"{at}.attention.output", mixed)

    def mlp(self, at, x):
        return self.apply_linear(f"{at}.mlp.down", F.gelu(self.apply_linear(f"{at}.mlp.up", x)))

    def pre_norm(self, layers, x, heads, visible):
        for layer in range(layers):
            at = f"blocks.{layer}"
            x = x + self.attention(at, self.apply_norm(f"{at}.attentionNorm", x), heads, visible)
            x = x + self.mlp(at, self.apply_norm(f"{at}.mlpNorm", x))
        return x

    def post_norm(self, layers, x, heads, visible):
        for layer in range(layers):
            at = f"blocks.{layer}"
            x = self.apply_norm(f"{at}.attentionNorm", x + self.attention(at, x, heads, visible))
            x = self.apply_norm(f"{at}.mlpNorm", x + self.mlp(at, x))
        return x


def record(config, weights, inputs, logits):
    loss = (logits * torch.sin(torch.arange(logits.numel()) + 1.0).reshape(logits.shape)).sum()
    gradients = torch.autograd.grad(loss, list(weights.values()))
    return {
        "config": config,
        "params": {path: {"shape": list(w.shape), "values": numbers(w)} for path, w in weights.items()},
        "inputs": {"shape": list(inputs.shape), "values": numbers(inputs)},
        "logits": {"shape": list(logits.shape), "values": numbers(logits)},
        "gradients": {path: numbers(g) for path, g in zip(weights, gradients)},
    }


def text_classifier():
    layers, vocab, length, width = 2, 13, 7, 6
    weights = Weights()
    weights.draw("tokens.table", vocab, width)
    weights.draw("positions.table", length, width)
    weights.blocks(layers, width, width, 4 * width, False)
    weights.linear("head", width, 1, False)
    tokens = torch.tensor([[1, 5, 7, 12, 4], [1, 9, 3, 0, 0], [1, 0, 0, 0, 0]])
    real = tokens != 0
    visible = (real[:, :, None] & real[:, None, :]) | (torch.arange(5) == 0)
    x = F.embedding(tokens, weights["tokens.table"]) + weights["positions.table"][:5]
    x = weights.post_norm(layers, x, layers, visible[:, None])
    logits = weights.apply_linear("head", x[:, 0]).squeeze(-1)
    config = {"numLayers": layers, "vocabSize": vocab, "maxLength": length, "width": width, "dtype": "float64"}
    return record(config, weights, tokens, logits)


def char_gpt(bias):
    layers, heads, vocab, length, width = 2, 3, 11, 7, 6
    weights = Weights()
    weights.draw("tokens.table", vocab, width)
    weights.draw("positions.table", length, width)
    weights.blocks(layers, width, width, 4 * width, bias)
    weights.norm("norm", width, bias)
    tokens = torch.randint(vocab, (2, 5))
    x = F.embedding(tokens, weights["tokens.table"]) + weights["positions.table"][:5]
    x = weights.pre_norm(layers, x, heads, torch.ones(5, 5, dtype=torch.bool).tril())
    logits = weights.apply_norm("norm", x) @ weights["tokens.table"].T
    config = {"numLayers": layers, "numHeads": heads, "vocabSize": vocab, "maxLength": length, "width": width, "bias": bias, "dtype": "float64"}
    return record(config, weights, tokens, logits)


def vision_transformer():
    size, patch, channels, classes, width, layers, heads, head_dim, hidden = 6, 2, 3, 5, 4, 2, 3, 2, 7
    side = size // patch
    weights = Weights()
    weights.linear("patches", patch * patch * channels, width, True)
    weights.draw("classToken.table", 1, width)
    weights.draw("positions.table", 1 + side * side, width)
    weights.blocks(layers, width, heads * head_dim, hidden, True)
    weights.norm("norm", width, True)
    weights.linear("head", width, classes, True)
    images = torch.randn(2, channels, size, size)
    # One patch after another, by slicing.
    cut = [
        images[:, :, patch * i : patch * (i + 1), patch * j : patch * (j + 1)].permute(0, 2, 3, 1).reshape(2, -1)
        for i in range(side)
        for j in range(side)
    ]
    x = weights.apply_linear("patches", torch.stack(cut, 1))
    x = torch.cat([weights["classToken.table"].expand(2, 1, width), x], 1) + weights["positions.table"]
    x = weights.pre_norm(layers, x, heads, None)
    logits = weights.apply_linear("head", weights.apply_norm("norm", x[:, 0]))
    config = {
        "imageSize": size, "patchSize": patch, "channels": channels, "numClasses": classes, "width": width,
        "numLayers": layers, "numHeads": heads, "headDim": head_dim, "mlpWidth": hidden, "dtype": "float64",
    }
    return record(config, weights, images, logits)


golden = {
    "producer": f"torch {torch.__version__}",
    "script": "tooling/goldens/models/torch_models.py",
    "seed": SEED,
    "textClassifier": text_classifier(),
    "charGpt": char_gpt(False),
    "charGptWithBias": char_gpt(True),
    "visionTransformer": vision_transformer(),
}
Path("packages/models/test/golden/torch-models.json").write_text(json.dumps(golden) + "\n")
