"""Soft-margin machines of scikit-learn (libsvm and liblinear), and the small data sets it carries."""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.svm import SVC, LinearSVC

SETS = {"iris": load_iris, "breast-cancer": load_breast_cancer, "digits": load_digits}


class DataSet:
    def __init__(self, config, tensors):
        self.name = config["name"]

    def solve(self):
        return SETS[self.name]()

    def answer(self, found):
        return {"rows": found.data.tolist(), "labels": found.target.tolist()}


class Svc:
    """libsvm: one function per pair of classes."""

    def __init__(self, config, tensors):
        self.rows, self.labels, self.test = tensors["rows"], tensors["labels"], tensors["test"]
        self.settings = {name: config[name] for name in ("kernel", "C", "gamma", "tol") if name in config}

    def solve(self):
        return SVC(cache_size=200, decision_function_shape="ovo", **self.settings).fit(self.rows, self.labels)

    def answer(self, model):
        return {
            "dualCoef": model.dual_coef_.tolist(),
            "intercept": model.intercept_.tolist(),
            "supportIndices": model.support_.tolist(),
            "numSupport": model.n_support_.tolist(),
            "decision": np.reshape(model.decision_function(self.rows), (len(self.labels), -1)).tolist(),
            "predicted": model.predict(self.test).tolist(),
        }


class LinearMachine:
    """liblinear: one function, or one per class against the rest."""

    def __init__(self, config, tensors):
        self.rows, self.labels, self.test = tensors["rows"], tensors["labels"], tensors["test"]
        names = ("penalty", "loss", "C", "tol", "dual", "max_iter")
        self.settings = {name: config[name] for name in names if name in config}

    def solve(self):
        return LinearSVC(random_state=0, **self.settings).fit(self.rows, self.labels)

    def answer(self, model):
        return {"coef": model.coef_.tolist(), "intercept": np.ravel(model.intercept_).tolist(), "predicted": model.predict(self.test).tolist()}
