"""What the golden scripts of traced attentions share: random inputs, masks, gradients by autograd and the form of a file.

Imported by torch_attention.py, torch_expressive_attention.py and torch_top_k_attention.py; torch works in float64 after the import.
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)


def named(tensors):
    return {name: {"shape": list(t.shape), "values": t.detach().flatten().tolist()} for name, t in tensors.items()}


def gradients(output, inputs):
    weights = torch.sin(torch.arange(output.numel()) + 1.0).reshape(output.shape)
    return torch.autograd.grad((output * weights).sum(), inputs)


def visible_keys(shape, mask, causal):
    visible = torch.ones(shape, dtype=torch.bool) if mask is None else mask.expand(shape)
    queries, keys = shape[-2:]
    return visible & torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries) if causal else visible


def padding(lengths, tokens):
    return (torch.arange(tokens)[None, :] < torch.tensor(lengths)[:, None])[:, None, None, :]


def cases_of(attention, spread=1):
    """A function that draws the inputs of a case and records what `attention` and autograd make of them."""

    def case(name, query_shape, key_shape, value_dim, **options):
        shapes = (query_shape, key_shape, key_shape[:-1] + [value_dim])
        tensors = [(spread * torch.randn(shape)).requires_grad_() for shape in shapes]
        output = attention(*tensors, **options)
        record = dict(zip(["query", "key", "value"], tensors))
        result = {"output": output, **{f"{n}Gradient": g for n, g in zip(record, gradients(output, tensors))}}
        plain = dict(options)
        if "mask" in options:
            plain["mask"] = {"shape": list(options["mask"].shape), "values": [int(v) for v in options["mask"].flatten()]}
        return {"name": name, "inputs": named(record), "options": plain, "results": named(result)}

    return case


def write(name, seed, script, **content):
    golden = {"producer": f"torch {torch.__version__}", "script": f"tooling/goldens/attention/{Path(script).name}", "seed": seed, **content}
    Path(f"packages/attention/test/golden/{name}.json").write_text(json.dumps(golden) + "\n")
