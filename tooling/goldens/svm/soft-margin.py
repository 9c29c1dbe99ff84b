"""Soft-margin machines on iris, breast cancer and digits by scikit-learn (libsvm, liblinear); one dual by cvxopt, one sigmoid by scipy.

Rows 0, 3, 6, ... are the test rows, all others the training rows. Run from the root: /usr/bin/python3 tooling/goldens/svm/soft-margin.py
"""

import json
import warnings

import cvxopt
import numpy as np
import scipy
import scipy.optimize
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM

SCRIPT = "tooling/goldens/svm/soft-margin.py"
FOLDER = "packages/svm/test/golden"
TOL = 1e-8
warnings.filterwarnings("error")

iris, cancer, digits = load_iris(), load_breast_cancer(), load_digits()


def write(name, body, producer):
    head = {"producer": producer, "script": SCRIPT, "seed": None}
    with open(f"{FOLDER}/{name}.json", "w") as file:
        json.dump({**head, **body}, file, separators=(",", ":"))
        file.write("\n")


def split(n):
    test = np.arange(n) % 3 == 0
    return np.flatnonzero(~test), np.flatnonzero(test)


def standardised(X, train):
    """A column that never changes keeps the scale 1."""
    scale = X[train].std(axis=0)
    return (X - X[train].mean(axis=0)) / np.where(scale > 0, scale, 1)


data = {
    "iris": (iris.data, iris.target),
    "cancer": (standardised(cancer.data, split(569)[0]), cancer.target),
    "digits": (digits.data / 16, digits.target),
}
write(
    "soft-margin-data",
    {
        "iris": {"rows": iris.data.tolist(), "labels": iris.target.tolist()},
        "cancer": {"rows": cancer.data.tolist(), "labels": "".join(map(str, cancer.target))},
        # One letter per pixel, a = 0 to q = 16.
        "digits": {"rows": ["".join(chr(97 + int(v)) for v in row) for row in digits.data], "labels": "".join(map(str, digits.target))},
    },
    f"scikit-learn {sklearn.__version__}",
)


def classifier(name, kind, model, options, weights=None, unique=True):
    """Duplicate rows and kernels of low rank leave the multipliers open: those cases have unique=False and compare functions only."""
    X, y = data[name]
    train, test = split(len(y))
    model.fit(X[train], y[train], *([] if weights is None else [weights[train]]))
    decision = model.decision_function(X[test[:4]])
    case = {
        "data": name,
        "kind": kind,
        "options": options,
        "decision": np.reshape(decision, (4, -1)).tolist(),
        "accuracy": int((model.predict(X[test]) == y[test]).sum()),
    }
    if weights is not None:
        case["weights"] = weights[train].tolist()
    if hasattr(model, "coef_") and kind == "linearSvc" and name != "digits":
        case["coef"] = model.coef_.tolist()
        case["intercept"] = np.ravel(model.intercept_).tolist()
    if kind in ("svc", "nuSvc") and not isinstance(model, OneVsRestClassifier):
        case["intercept"] = model.intercept_.tolist()
        if name != "digits" and unique:
            case["numSupport"] = model.n_support_.tolist()
            case["supportIndices"] = model.support_.tolist()
            case["dualCoef"] = np.asarray(model.dual_coef_).tolist()
    return case


def regression(kind, model, options):
    """Petal width of the irises out of the three other measurements."""
    train, test = split(150)
    X, z = iris.data[:, :3], iris.data[:, 3]
    model.fit(X[train], z[train])
    case = {"data": "iris", "kind": kind, "options": options, "prediction": model.predict(X[test]).tolist()}
    if kind == "linearSvr":
        case["coef"] = model.coef_.tolist()
    return case


def one_class():
    train, test = split(150)
    model = OneClassSVM(nu=0.2, tol=TOL).fit(iris.data[train])
    return {
        "data": "iris",
        "kind": "oneClassSvm",
        "options": {"nu": 0.2},
        "supportIndices": model.support_.tolist(),
        "dualCoef": model.dual_coef_[0].tolist(),
        "intercept": model.intercept_.tolist(),
        "decision": model.decision_function(iris.data[test]).tolist(),
    }


weights = (np.arange(150) % 5 + 1) / 3
long = {"tol": TOL, "max_iter": 1_000_000}
cases = [
    classifier("iris", "svc", SVC(tol=TOL), {}),
    classifier("iris", "svc", SVC(tol=TOL, kernel="linear", C=10, decision_function_shape="ovo"), {"kernel": "linear", "C": 10, "decisionFunctionShape": "ovo"}, unique=False),
    classifier("iris", "svc", SVC(tol=TOL, kernel="poly", degree=2, coef0=1, gamma="auto"), {"kernel": "poly", "degree": 2, "coef0": 1, "gamma": "auto"}),
    classifier("iris", "svc", SVC(tol=TOL, kernel="sigmoid", gamma=0.01, C=100), {"kernel": "sigmoid", "gamma": 0.01, "C": 100}),
    classifier("iris", "svc", SVC(tol=TOL, class_weight={0: 2, 2: 0.5}), {"classWeight": {"0": 2, "2": 0.5}}, weights),
    classifier("iris", "svc", OneVsRestClassifier(SVC(tol=TOL, gamma=0.5)), {"gamma": 0.5, "multiClass": "ovr"}),
    classifier("iris", "nuSvc", NuSVC(tol=TOL, nu=0.3), {"nu": 0.3}, unique=False),
    classifier("iris", "linearSvc", LinearSVC(**long), {}),
    classifier("cancer", "svc", SVC(tol=TOL), {}),
    classifier("cancer", "svc", SVC(tol=TOL, class_weight="balanced", C=0.3, gamma=0.02), {"classWeight": "balanced", "C": 0.3, "gamma": 0.02}),
    classifier("cancer", "nuSvc", NuSVC(tol=TOL, nu=0.2), {"nu": 0.2}),
    classifier("cancer", "linearSvc", LinearSVC(**long), {}),
    classifier("cancer", "linearSvc", LinearSVC(loss="hinge", C=0.1, class_weight="balanced", **long), {"loss": "hinge", "C": 0.1, "classWeight": "balanced"}),
    classifier("cancer", "linearSvc", LinearSVC(intercept_scaling=10, C=0.2, **long), {"interceptScaling": 10, "C": 0.2}),
    classifier("cancer", "linearSvc", LinearSVC(penalty="l1", dual=False, C=0.5, **long), {"penalty": "l1", "C": 0.5}),
    classifier("cancer", "linearSvc", LinearSVC(fit_intercept=False, **long), {"fitIntercept": False}),
    classifier("digits", "svc", SVC(tol=TOL), {}),
    classifier("digits", "linearSvc", LinearSVC(**long), {}),
    one_class(),
    regression("svr", SVR(tol=TOL, C=10), {"C": 10}),
    regression("svr", SVR(tol=TOL, kernel="linear", epsilon=0.2), {"kernel": "linear", "epsilon": 0.2}),
    regression("nuSvr", NuSVR(tol=TOL, nu=0.4), {"nu": 0.4}),
    regression("linearSvr", LinearSVR(loss="squared_epsilon_insensitive", epsilon=0.1, **long), {"loss": "squaredEpsilonInsensitive", "epsilon": 0.1}),
    regression("linearSvr", LinearSVR(epsilon=0.1, C=0.1, tol=TOL, max_iter=10_000_000), {"epsilon": 0.1, "C": 0.1}),
]


def couple():
    """Coupled probabilities of libsvm, with the sigmoids that go into them."""
    train, test = split(150)
    model = SVC(tol=TOL, probability=True, random_state=3, decision_function_shape="ovo").fit(iris.data[train], iris.target[train])
    return {
        "probA": model.probA_.tolist(),
        "probB": model.probB_.tolist(),
        "probabilities": model.predict_proba(iris.data[test]).tolist(),
    }


def sigmoid():
    """Platt's sigmoid as the root of its gradient."""
    decisions = np.linspace(-3, 3, 23) ** 3 / 5
    positive = np.arange(23) % 7 + np.arange(23) > 13
    target = np.where(positive, (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2))

    def gradient(ab):
        p = 1 / (1 + np.exp(ab[0] * decisions + ab[1]))
        return [np.sum(decisions * (target - p)), np.sum(target - p)]

    a, b = scipy.optimize.root(gradient, [-1, 0], tol=1e-14).x
    return {"decisions": decisions.tolist(), "positive": positive.tolist(), "a": a, "b": b}


def dual():
    """The dual of versicolor against virginica with gamma 0.5 and C 2, by an interior point method in double precision."""
    X, y = iris.data[50:150:2], np.where(iris.target[50:150:2] == 2, 1.0, -1.0)
    n, C = len(y), 2.0
    K = np.exp(-0.5 * ((X[:, None] - X[None]) ** 2).sum(-1))
    cvxopt.solvers.options.update(show_progress=False, abstol=1e-13, reltol=1e-13, feastol=1e-13)
    m = cvxopt.matrix
    G, h = np.vstack([-np.eye(n), np.eye(n)]), np.hstack([np.zeros(n), np.full(n, C)])
    solved = cvxopt.solvers.qp(m(np.outer(y, y) * K), m(-np.ones(n)), m(G), m(h), m(y[None]), m(np.zeros(1)))
    alpha = np.array(solved["x"]).ravel()
    return {"gamma": 0.5, "C": C, "rows": X.tolist(), "signs": y.tolist(), "alpha": alpha.tolist(), "objective": -solved["primal objective"]}


producer = f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, cvxopt {cvxopt.__version__}"
write("soft-margin", {"cases": cases, "coupled": couple(), "sigmoid": sigmoid(), "dual": dual()}, producer)
