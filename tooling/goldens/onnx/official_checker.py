"""Has the official ONNX checker and reference evaluator judge our files: writes packages/onnx/test/golden/official-checker.json.

The models of packages/onnx/test/models.ts are written by our encoder, then read, checked, shape-inferred and evaluated by the onnx
package; bad models are recorded with the verdict of its checker. The good models, their feeds and the evaluator's results also go to
packages/runtime/test/golden/reference-evaluator.json.

Needs a Python with onnx (pip install onnx==1.23.2) and Node 24. Run from the repository root:
python tooling/goldens/onnx/official_checker.py
"""

import base64
import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy
import onnx
from onnx.reference import ReferenceEvaluator

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "packages" / "onnx"


def verdict(model):
    try:
        onnx.checker.check_model(model)
        return "accepted"
    except onnx.checker.ValidationError:
        return "rejected"


def evaluate(model, feeds):
    types = {value.name: onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type) for value in model.graph.input}
    arrays = {name: numpy.array(value, dtype=types[name]) for name, value in feeds.items()}
    values = ReferenceEvaluator(model).run(None, arrays)
    return {
        value.name: {"dtype": str(result.dtype), "shape": list(result.shape), "data": result.ravel().tolist()}
        for value, result in zip(model.graph.output, values)
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        command = ["node", "--conditions=@attnlab/source", str(PACKAGE / "test" / "write-models.ts"), folder]
        subprocess.run(command, check=True)
        good, bad, runs = {}, {}, {}
        for path in sorted(Path(folder).glob("good-*.onnx")):
            model = onnx.load(path)
            onnx.checker.check_model(model, full_check=True)
            feeds = json.loads(path.with_suffix(".json").read_text())
            good[path.stem[5:]] = {
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "checker": verdict(model),
            }
            runs[path.stem[5:]] = {
                "bytes": base64.b64encode(path.read_bytes()).decode(),
                "feeds": feeds,
                "outputs": evaluate(model, feeds),
            }
        for path in sorted(Path(folder).glob("bad-*.onnx")):
            bad[path.stem[4:]] = verdict(onnx.load(path))
    head = {"producer": f"onnx {onnx.__version__}", "script": "tooling/goldens/onnx/official_checker.py", "seed": 0}
    write(PACKAGE / "test" / "golden" / "official-checker.json", {**head, "good": good, "bad": bad})
    write(ROOT / "packages" / "runtime" / "test" / "golden" / "reference-evaluator.json", {**head, "models": runs})


def write(path, golden):
    path.write_text(json.dumps(golden, indent=1) + "\n")


main()
