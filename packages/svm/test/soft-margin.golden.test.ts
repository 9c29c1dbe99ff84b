import { type Matrix, matrixFromRows } from "@attnlab/linalg";
import { type CloseOptions, expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import {
  decisionFunction,
  fitLinearSvc,
  fitLinearSvr,
  fitNuSvc,
  fitNuSvr,
  fitOneClassSvm,
  fitSvc,
  fitSvr,
  predict,
  predictProbability,
  type SvmClassifier,
} from "../src/index.ts";
import { cancer, digits, iris } from "./soft-margin-data.ts";

type Kind = "svc" | "nuSvc" | "linearSvc" | "oneClassSvm" | "svr" | "nuSvr" | "linearSvr";

interface Case {
  readonly data: "iris" | "cancer" | "digits";
  readonly kind: Kind;
  readonly options: Readonly<Record<string, unknown>>;
  readonly weights?: number[];
  readonly decision?: readonly (number | number[])[];
  readonly prediction?: number[];
  readonly accuracy?: number;
  readonly coef?: number[] | number[][];
  readonly intercept?: number[];
  readonly supportIndices?: number[];
  readonly numSupport?: number[];
  readonly dualCoef?: number[] | number[][];
}

interface Golden {
  readonly cases: readonly Case[];
  readonly coupled: { readonly probA: number[]; readonly probB: number[]; readonly probabilities: number[][] };
  readonly dual: {
    readonly gamma: number;
    readonly C: number;
    readonly rows: number[][];
    readonly signs: number[];
    readonly alpha: number[];
    readonly objective: number;
  };
}

const golden = loadGolden<Golden>(new URL("golden/soft-margin.json", import.meta.url));
const sets = { iris, cancer, digits };

// Both sides stop at a violation of 1e-8; libsvm also keeps kernel values in single precision.
const kernelCase: CloseOptions = { relative: 5e-5, absolute: 2e-5, reason: "libsvm keeps kernel values in single precision" };
const linearCase: CloseOptions = {
  relative: 5e-5,
  absolute: 5e-5,
  reason: "liblinear stops at a violation of 1e-8, squared curvature away",
};

function head({ cols, data }: Matrix, rows: number): Matrix {
  return { rows, cols, data: data.slice(0, rows * cols) };
}

function fitClassifier({ data, kind, options, weights }: Case): SvmClassifier<number> {
  const { train } = sets[data];
  const rows = weights === undefined ? train : { ...train, sampleWeight: weights };
  if (kind === "linearSvc") return fitLinearSvc(rows, { tol: 1e-8, maxIter: 1_000_000, ...options });
  return kind === "svc" ? fitSvc(rows, { tol: 1e-8, ...options }) : fitNuSvc(rows, { tol: 1e-8, ...options });
}

const named = (one: Case): string => `${one.data} ${one.kind} ${JSON.stringify(one.options)}`;

describe("classifiers against libsvm and liblinear", () => {
  for (const one of golden.cases.filter((c) => c.accuracy !== undefined)) {
    it(named(one), () => {
      const { test } = sets[one.data];
      const close = one.kind === "linearSvc" ? linearCase : kernelCase;
      const model = fitClassifier(one);
      expect(model.status).toBe("optimal");
      expect(model.kktViolation).toBeLessThanOrEqual(1e-8);
      expect(model.dualityGap).toBeLessThan(1e-4 * Math.abs(model.primalObjective));
      expectClose(decisionFunction(model, head(test.rows, 4)).data, (one.decision ?? []).flat(), close);
      expect(predict(model, test.rows).filter((label, i) => label === test.labels[i]).length).toBe(one.accuracy);
      if (one.coef !== undefined && model.type === "linearSvc") expectClose(model.coef.flat(), one.coef.flat(), close);
      if (one.intercept !== undefined) expectClose(model.intercept, one.intercept, close);
      if (model.type === "linearSvc") return;
      if (one.numSupport !== undefined) expect(model.numSupport).toEqual(one.numSupport);
      if (one.supportIndices !== undefined) expect(model.supportIndices).toEqual(one.supportIndices);
      if (one.dualCoef !== undefined) {
        expectClose(model.dualCoef.flat(), one.dualCoef.flat(), kernelCase);
      }
    });
  }
});

describe("regressions and the one-class machine against libsvm and liblinear", () => {
  const narrow = (all: Matrix): Matrix => matrixFromRows(Array.from({ length: all.rows }, (_, i) => all.data.subarray(i * 4, i * 4 + 3)));
  const rows = narrow(iris.train.rows);
  const targets = Array.from({ length: rows.rows }, (_, i) => iris.train.rows.data[i * 4 + 3] as number);
  for (const one of golden.cases.filter((c) => c.prediction !== undefined)) {
    it(named(one), () => {
      const model =
        one.kind === "linearSvr"
          ? fitLinearSvr({ rows, targets }, { tol: 1e-8, maxIter: 10_000_000, ...one.options })
          : (one.kind === "svr" ? fitSvr : fitNuSvr)({ rows, targets }, { tol: 1e-8, ...one.options });
      expect(model.status).toBe("optimal");
      expectClose(predict(model, narrow(iris.test.rows)), one.prediction ?? [], model.type === "linearSvr" ? linearCase : kernelCase);
      if (model.type === "linearSvr") expectClose(model.coef, (one.coef ?? []).flat(), linearCase);
    });
  }
  it("one-class", () => {
    const one = golden.cases.find((c) => c.kind === "oneClassSvm") as Case;
    const model = fitOneClassSvm({ rows: iris.train.rows }, { tol: 1e-8, ...one.options });
    expect(model.supportIndices).toEqual(one.supportIndices);
    expectClose(model.dualCoef, (one.dualCoef ?? []).flat(), kernelCase);
    expectClose(model.intercept, one.intercept ?? [], kernelCase);
    expectClose(decisionFunction(model, iris.test.rows).data, (one.decision ?? []).flat(), kernelCase);
  });
});

describe("a dual against an interior point method", () => {
  it("agrees in multipliers and objective", () => {
    const { gamma, C, rows, signs, alpha, objective } = golden.dual;
    const model = fitSvc({ rows: matrixFromRows(rows), labels: signs }, { gamma, C, tol: 1e-11 });
    expectClose(model.dualObjective, objective, { purpose: "golden" });
    expectClose(model.primalObjective, objective, { purpose: "golden" });
    const found = new Float64Array(signs.length);
    model.supportIndices.forEach((i, s) => {
      found[i] = Math.abs(model.dualCoef[0]?.[s] as number);
    });
    expectClose(found, alpha, { relative: 1e-7, absolute: 1e-7, reason: "the multipliers are less well conditioned than the objective" });
  });
});

describe("probabilities", () => {
  it("couple pairs as libsvm does", () => {
    const { probA, probB, probabilities } = golden.coupled;
    const model = { ...fitSvc(iris.train, { tol: 1e-8 }), probA, probB };
    expectClose(predictProbability(model, iris.test.rows).data, probabilities.flat(), kernelCase);
  });
});
