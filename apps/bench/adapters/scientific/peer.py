"""cvxopt, scipy and scikit-learn as peers of the solvers: one JSON request per line, one JSON answer per line.

Requests: {"op": "open", "case": ..., "config": {...}, "tensors": {name: tensor}} -> {"opened": case}
          {"op": "run", "times": n} -> {"cpuSeconds": s, "answer": {...}} or {"failed": reason}
A tensor is {"shape": [...], "values": [...]}, or {"shape": [...], "indptr": [...], "indices": [...], "values": [...]} in compressed sparse rows.
The time is that of the processor, over all threads, for all n solutions; the answer is that of the last one.
"""

import json
import sys
import time
import warnings

import cvxopt
import numpy as np
import scipy
import scipy.sparse
import sklearn

from hard_margin import Feasibility, HardMargin
from soft_margin import DataSet, LinearMachine, Svc

warnings.filterwarnings("ignore")

CASES = {"hard-margin": HardMargin, "feasibility": Feasibility, "data": DataSet, "svc": Svc, "linear-svc": LinearMachine}
VERSIONS = {"cvxopt": cvxopt.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}


def tensor(entry):
    values = np.array(entry["values"], dtype=np.float64)
    if "indptr" in entry:
        return scipy.sparse.csr_matrix((values, entry["indices"], entry["indptr"]), shape=entry["shape"])
    return values.reshape(entry["shape"])


def run(case, times):
    start = time.process_time()
    for _ in range(times):
        found = case.solve()
    seconds = time.process_time() - start
    return {"cpuSeconds": seconds, "answer": case.answer(found)}


def main():
    case = None
    print(json.dumps({"versions": VERSIONS}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "open":
            case = CASES[request["case"]](request["config"], {name: tensor(entry) for name, entry in request["tensors"].items()})
            answer = {"opened": request["case"]}
        else:
            try:
                answer = run(case, request["times"])
            except Exception as error:  # A solver that gives up is an outcome of the comparison.
                answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
