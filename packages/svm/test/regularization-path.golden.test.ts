import { matrix } from "@attnlab/linalg";
import { expectClose, loadGolden } from "@attnlab/testing";
import { describe, expect, it } from "vitest";
import { type PathLoss, regularizationPath } from "../src/index.ts";

interface PathGolden {
  readonly cases: readonly {
    readonly name: "separable" | "overlapping";
    readonly m: number;
    readonly n: number;
    readonly rows: number[];
    readonly points: readonly {
      readonly loss: PathLoss;
      readonly p: number | "Infinity";
      readonly radius: number;
      readonly w: number[];
      readonly value: number;
    }[];
  }[];
}

const golden = loadGolden<PathGolden>(new URL("golden/regularization-path.json", import.meta.url));

describe("regularizationPath against cvxopt", () => {
  for (const { name, m, n, rows, points } of golden.cases) {
    for (const reference of points) {
      it(`${name}, ${reference.loss} loss, p = ${reference.p}, R = ${reference.radius}`, () => {
        const { loss, radius } = reference;
        const p = Number(reference.p);
        const path = regularizationPath({ rows: matrix(m, n, rows) }, { p, loss, radii: [radius], tol: 1e-12 });
        const [point] = path.points;
        expect(path.separable).toBe(name === "separable");
        expect(point?.status).toBe("optimal");
        expectClose(point?.w ?? [], reference.w, { purpose: "golden" });
        expectClose(Math.exp(point?.logLoss ?? Number.NaN), reference.value);
      });
    }
  }
});
