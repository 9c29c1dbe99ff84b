import { DataError, OptionError, ShapeError } from "@attnlab/check";
import { describe, expect, it } from "vitest";
import {
  conjugateProx,
  mapSingularValues,
  matrix,
  maximizeOverLpBall,
  projectBox,
  projectHalfSpace,
  projectHyperplane,
  projectLpBall,
  projectNuclearBall,
  projectSchattenBall,
  projectSecondOrderCone,
  projectSemidefiniteCone,
  projectSimplex,
  projectSpectralBall,
  proxElasticNet,
  proxGroupNorm,
  proxLpNorm,
  proxLpPower,
  proxNuclearNorm,
  proxSchattenNorm,
  proxSquaredLpNorm,
  softThreshold,
} from "../index.ts";

const v = (...values: number[]): Float64Array => Float64Array.from(values);

it.each<[string, () => unknown, new (message: string) => Error, string]>([
  ["ball exponent", () => projectLpBall(v(1), { p: 0.5 }), OptionError, "projectLpBall: p must be a number >= 1 and <= Infinity; got 0.5."],
  [
    "ball without p",
    () => projectLpBall(v(1), {} as never),
    OptionError,
    "projectLpBall: p must be a number >= 1 and <= Infinity; got nothing.",
  ],
  [
    "ball radius",
    () => projectLpBall(v(1), { p: 2, radius: -1 }),
    OptionError,
    "projectLpBall: radius must be a finite number >= 0; got -1.",
  ],
  ["ball NaN", () => projectLpBall(v(Number.NaN), { p: 2 }), DataError, "projectLpBall: x must be finite numbers; got NaN at index 0."],
  ["ball array", () => projectLpBall([3] as never, { p: 2 }), ShapeError, "projectLpBall: x must be a Float64Array; got [3]."],
  ["oracle", () => maximizeOverLpBall(v(1), { p: 0 }), OptionError, "maximizeOverLpBall: p must be a number >= 1 and <= Infinity; got 0."],
  [
    "simplex empty",
    () => projectSimplex(v()),
    ShapeError,
    "projectSimplex: x must have elements; got none. The simplex in zero dimensions is empty",
  ],
  [
    "simplex radius",
    () => projectSimplex(v(1), { radius: -1 }),
    OptionError,
    "projectSimplex: radius must be a finite number >= 0; got -1.",
  ],
  [
    "simplex weights",
    () => projectSimplex(v(1, 2), { weights: v(1, 0) }),
    DataError,
    "projectSimplex: weights must be > 0; got 0 at index 1. Drop the elements of weight zero.",
  ],
  [
    "simplex sizes",
    () => projectSimplex(v(1, 2), { weights: v(1) }),
    ShapeError,
    "projectSimplex: weights.length must equal x.length; got 1 and 2.",
  ],
  ["box order", () => projectBox(v(1), { lower: 2, upper: 1 }), DataError, "projectBox: lower must be <= upper; got 2 and 1 at index 0."],
  ["box size", () => projectBox(v(1), { lower: v(1, 2) }), ShapeError, "projectBox: lower.length must equal x.length; got 2 and 1."],
  ["box NaN", () => projectBox(v(1), { upper: Number.NaN }), OptionError, "projectBox: upper must be a number or a Float64Array; got NaN."],
  [
    "half-space normal",
    () => projectHalfSpace(v(1), { normal: v(0) }),
    DataError,
    "projectHalfSpace: normal must not be zero; got only zeros. A zero normal has no direction: pass another.",
  ],
  [
    "hyperplane sizes",
    () => projectHyperplane(v(1), { normal: v(1, 2) }),
    ShapeError,
    "projectHyperplane: normal.length must equal x.length; got 2 and 1.",
  ],
  ["cone empty", () => projectSecondOrderCone(v()), ShapeError, "projectSecondOrderCone: x must have elements; got none. Pass the bound t"],
  ["nuclear ball", () => projectNuclearBall(matrix(0, 1)), ShapeError, "projectNuclearBall: a must have rows and columns; got 0 x 1."],
  [
    "spectral ball",
    () => projectSpectralBall(matrix(1, 1), { radius: Number.NaN }),
    OptionError,
    "projectSpectralBall: radius must be a finite number >= 0; got NaN.",
  ],
  [
    "Schatten ball",
    () => projectSchattenBall(matrix(1, 1), { p: 0 }),
    OptionError,
    "projectSchattenBall: p must be a number >= 1 and <= Infinity; got 0.",
  ],
  [
    "semidefinite cone",
    () => projectSemidefiniteCone(matrix(2, 2, [1, 2, 0, 1])),
    DataError,
    "projectSemidefiniteCone: a must be symmetric; got 0 at (1, 0) and 2 at (0, 1).",
  ],
  [
    "map length",
    () => mapSingularValues(matrix(1, 1), () => v(1, 2)),
    ShapeError,
    "mapSingularValues: f must return as many values as it gets; got 2 and 1.",
  ],
  ["threshold", () => softThreshold(v(1), -1), OptionError, "softThreshold: threshold must be >= 0; got -1. Pass a number >= 0"],
  ["thresholds", () => softThreshold(v(1, 2), v(1, -2)), OptionError, "softThreshold: threshold must be >= 0; got -2 at index 1."],
  [
    "threshold sizes",
    () => softThreshold(v(1, 2), v(1)),
    ShapeError,
    "softThreshold: threshold must have one number for each element; got 1 and 2.",
  ],
  ["norm weight", () => proxLpNorm(v(1), { p: 2, weight: -1 }), OptionError, "proxLpNorm: weight must be a finite number >= 0; got -1."],
  [
    "power exponent",
    () => proxLpPower(v(1), { p: Number.POSITIVE_INFINITY }),
    OptionError,
    "proxLpPower: p must be a finite number >= 1; got Infinity.",
  ],
  [
    "squared exponent",
    () => proxSquaredLpNorm(v(1), { p: 0.9 }),
    OptionError,
    "proxSquaredLpNorm: p must be a number >= 1 and <= Infinity; got 0.9.",
  ],
  ["elastic net", () => proxElasticNet(v(1), { l1: -1 }), OptionError, "proxElasticNet: l1 must be a finite number >= 0; got -1."],
  [
    "groups overlap",
    () => proxGroupNorm(v(1, 2), { groups: [[0], [0, 1]] }),
    DataError,
    "proxGroupNorm: groups must hold each index from 0 to 1 at most once; got 0 in group 1. Overlapping groups have no closed form.",
  ],
  [
    "groups range",
    () => proxGroupNorm(v(1, 2), { groups: [[2]] }),
    DataError,
    "proxGroupNorm: groups must hold each index from 0 to 1 at most once; got 2 in group 0.",
  ],
  [
    "groups kind",
    () => proxGroupNorm(v(1), { groups: 3 } as never),
    OptionError,
    "proxGroupNorm: groups must be an array of arrays of indices; got 3.",
  ],
  [
    "group weight",
    () => proxGroupNorm(v(1), { groups: [[0]], weight: v(1, 2) }),
    ShapeError,
    "proxGroupNorm: weight must have one number for each element; got 2 and 1.",
  ],
  [
    "nuclear weight",
    () => proxNuclearNorm(matrix(1, 1), { weight: -1 }),
    OptionError,
    "proxNuclearNorm: weight must be a finite number >= 0; got -1.",
  ],
  [
    "Schatten prox",
    () => proxSchattenNorm(matrix(1, 1), { p: 0 }),
    OptionError,
    "proxSchattenNorm: p must be a number >= 1 and <= Infinity; got 0.",
  ],
  [
    "conjugate weight",
    () => conjugateProx((x) => x)(v(1), 0),
    OptionError,
    "conjugateProx: weight must be a finite number > 0; got 0. Pass the step size times the weight of the function.",
  ],
])("%s", (_name, run, Kind, text) => {
  expect(run).toThrow(Kind);
  expect(run).toThrow(text);
});

describe("edge values", () => {
  it("a radius of zero gives zeros, a weight of zero the point itself", () => {
    for (const p of [1, 1.5, 2, 3, Number.POSITIVE_INFINITY]) {
      expect(Math.max(...projectLpBall(v(3, -4), { p, radius: 0 }).map(Math.abs))).toBe(0);
      expect(Array.from(proxLpNorm(v(3, -4), { p, weight: 0 }))).toEqual([3, -4]);
      expect(Array.from(proxSquaredLpNorm(v(3, -4), { p, weight: 0 }))).toEqual([3, -4]);
    }
    expect(Array.from(projectSimplex(v(3, -4), { radius: 0 }))).toEqual([0, 0]);
  });

  it("empty and zero vectors stay what they are", () => {
    expect(projectLpBall(v(), { p: 3 })).toEqual(v());
    expect(proxSquaredLpNorm(v(0, 0), { p: 3 })).toEqual(v(0, 0));
    expect(maximizeOverLpBall(v(0, 0), { p: 3 })).toEqual(v(0, 0));
  });

  it("a matrix inside the ball comes back as a copy, to the last bit", () => {
    const a = matrix(2, 2, [0.1, 0.2, -0.3, 0.7]);
    const w = projectNuclearBall(a, { radius: 2 });
    expect(w).toEqual(a);
    expect(w.data).not.toBe(a.data);
  });

  it("ties share what a simplex has", () => {
    expect(Array.from(projectSimplex(v(5, 5, 5, 1)))).toEqual([1 / 3, 1 / 3, 1 / 3, 0]);
  });
});
