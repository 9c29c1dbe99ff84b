"""Models made by the official onnx package: writes packages/onnx/test/golden/official-models.json.

Each file uses what our own encoder never writes: typed data fields, packed numbers, inner value types, documentation of nodes. The
expected content is written down beside the bytes.

Needs a Python with onnx (pip install onnx==1.23.2). Run from the repository root: python tooling/goldens/onnx/official_models.py
"""

import base64
import json
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[3]
RANDOM = numpy.random.default_rng(5)

DTYPES = {
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "uint32": TensorProto.UINT32,
    "bool": TensorProto.BOOL,
}


def values(dtype, shape):
    if dtype.startswith("float"):
        return RANDOM.normal(size=shape).astype(dtype)
    if dtype == "bool":
        return RANDOM.integers(0, 2, size=shape).astype(bool)
    low, high = (0, 2**32) if dtype == "uint32" else (-(2**31), 2**31)
    return RANDOM.integers(low, high, size=shape).astype(dtype)


def pack(model):
    return base64.b64encode(model.SerializeToString()).decode()


def wrap(graph):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)], ir_version=10)
    model.producer_name = "official"
    model.doc_string = "naïve – Δ"
    helper.set_model_props(model, {"key": "välue"})
    return model


def tensors(raw):
    """One initializer per dtype, in raw_data or in the dtype's own field."""
    initializers, expected = [], {}
    for dtype, code in DTYPES.items():
        array = values(dtype, (2, 3))
        if raw:
            initializers.append(numpy_helper.from_array(array, dtype))
        else:
            initializers.append(helper.make_tensor(dtype, code, array.shape, array.ravel().tolist()))
        expected[dtype] = {"shape": [2, 3], "data": [int(v) if not dtype.startswith("float") else float(v) for v in array.ravel()]}
    outputs = [helper.make_tensor_value_info(dtype + "_out", code, [2, 3]) for dtype, code in DTYPES.items()]
    nodes = [helper.make_node("Identity", [dtype], [dtype + "_out"]) for dtype in DTYPES]
    model = wrap(helper.make_graph(nodes, "tensors", [], outputs, initializers))
    onnx.checker.check_model(model)
    return {"bytes": pack(model), "initializers": expected}


def structure():
    """Every kind of attribute, dynamic axes, an omitted input, a subgraph, and fields we leave out."""
    floats = helper.make_tensor_value_info("b", TensorProto.FLOAT, [])
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["b"], doc_string="inner")], "then", [], [floats])
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["b2"])], "else", [], [helper.make_tensor_value_info("b2", TensorProto.FLOAT, [])])
    nodes = [
        helper.make_node("If", ["c"], ["y"], name="choice", then_branch=branch, else_branch=other),
        helper.make_node(
            "Every", ["x", "", "y"], ["", "z"], domain="com.microsoft",
            i=-7, f=0.1, s="text", ints=[-1, 2**40], floats=[0.25, -3.0], strings=["a", "é"], t=numpy_helper.from_array(numpy.array([5, 6], dtype=numpy.int32)),
        ),
    ]  # fmt: skip
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", None, 3], doc_string="input"),
        helper.make_tensor_value_info("c", TensorProto.BOOL, []),
    ]
    graph = helper.make_graph(nodes, "structure", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, [])], value_info=[floats])
    return {"bytes": pack(wrap(graph))}


def refused():
    """Features that we refuse to drop silently, each in an otherwise fine model."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    node = helper.make_node("Relu", ["x"], ["y"])
    cases = {}
    half = numpy_helper.from_array(numpy.array([1.0], dtype=numpy.float16), "h")
    cases["float16"] = wrap(helper.make_graph([node], "g", [x], [y], [half]))
    text = helper.make_tensor_value_info("x", TensorProto.STRING, [2])
    cases["stringInput"] = wrap(helper.make_graph([node], "g", [text], [y]))
    cases["sequence"] = wrap(helper.make_graph([node], "g", [helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, [2])], [y]))
    cases["noShape"] = wrap(helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)], [y]))
    outside = numpy_helper.from_array(numpy.array([1.0], dtype=numpy.float32), "w")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="w.bin")
    cases["externalData"] = wrap(helper.make_graph([node], "g", [x], [y], [outside]))
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("s", TensorProto.FLOAT, [1], [1.0]), helper.make_tensor("i", TensorProto.INT64, [1], [0]), [4]
    )
    cases["sparse"] = wrap(helper.make_graph([node], "g", [x], [y], sparse_initializer=[sparse]))
    function = helper.make_function("local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 21)])
    with_function = wrap(helper.make_graph([node], "g", [x], [y]))
    with_function.functions.append(function)
    cases["function"] = with_function
    kind = helper.make_node("Relu", ["x"], ["y"])
    kind.attribute.append(helper.make_attribute("types", helper.make_tensor_type_proto(TensorProto.FLOAT, [2])))
    cases["typeAttribute"] = wrap(helper.make_graph([kind], "g", [x], [y]))
    return {name: pack(model) for name, model in cases.items()}


golden = {
    "producer": f"onnx {onnx.__version__}",
    "script": "tooling/goldens/onnx/official_models.py",
    "seed": 5,
    "rawTensors": tensors(True),
    "typedTensors": tensors(False),
    "structure": structure(),
    "refused": refused(),
}
(ROOT / "packages" / "onnx" / "test" / "golden" / "official-models.json").write_text(json.dumps(golden, indent=1) + "\n")
