import { type Matrix, matrixFromRows } from "@attnlab/linalg";
import { loadGolden } from "@attnlab/testing";
import { fitStandardScaler, type StandardScaler, standardize } from "../src/index.ts";

interface Stored {
  readonly iris: { readonly rows: readonly number[][]; readonly labels: readonly number[] };
  readonly cancer: { readonly rows: readonly number[][]; readonly labels: string };
  readonly digits: { readonly rows: readonly string[]; readonly labels: string };
}

/** A data set cut as the golden script cuts it: rows 0, 3, 6, ... are for testing. */
export interface SplitData {
  readonly train: { readonly rows: Matrix; readonly labels: readonly number[] };
  readonly test: { readonly rows: Matrix; readonly labels: readonly number[] };
}

const stored = loadGolden<Stored>(new URL("golden/soft-margin-data.json", import.meta.url));

function split(rows: readonly (readonly number[])[], labels: readonly number[]): SplitData {
  const part = (wanted: boolean): SplitData["train"] => {
    const chosen = Array.from(labels.keys()).filter((i) => (i % 3 !== 0) === wanted);
    return { rows: matrixFromRows(chosen.map((i) => rows[i] as number[])), labels: chosen.map((i) => labels[i] as number) };
  };
  return { train: part(true), test: part(false) };
}

const ofDigits = (text: string): number[] => Array.from(text, Number);

/** Iris, three classes of four measurements. */
export const iris: SplitData = split(stored.iris.rows, stored.iris.labels);

/** Breast cancer as measured: two classes, thirty features. */
export const rawCancer: SplitData = split(stored.cancer.rows, ofDigits(stored.cancer.labels));

/** The scaler of its training rows. */
export const cancerScaler: StandardScaler = fitStandardScaler(rawCancer.train.rows);

/** Breast cancer, standardised by its training rows. */
export const cancer: SplitData = {
  train: { ...rawCancer.train, rows: standardize(cancerScaler, rawCancer.train.rows) },
  test: { ...rawCancer.test, rows: standardize(cancerScaler, rawCancer.test.rows) },
};

/** Digits, ten classes of 8 x 8 pixels in 0 ... 1. */
export const digits: SplitData = split(
  stored.digits.rows.map((row) => Array.from(row, (letter) => (letter.charCodeAt(0) - 97) / 16)),
  ofDigits(stored.digits.labels),
);
