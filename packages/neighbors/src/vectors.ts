import { DataError, DtypeError, problem, ShapeError, show, showShape, sizeOf, type TensorData } from "@attnlab/check";

/** Vectors as rows of a float32 tensor of shape `[count, dimension]`; `tensorData("float32", [count, dimension], values)` makes one. */
export type Vectors = Extract<TensorData, { readonly dtype: "float32" }>;

/** The number of rows. */
export function countOf(vectors: Vectors): number {
  return vectors.shape[0] as number;
}

/** The number of columns. */
export function dimensionOf(vectors: Vectors): number {
  return vectors.shape[1] as number;
}

/** Float32 rows without a copy. */
export function vectorsOf(data: Float32Array, dimension: number): Vectors {
  return { dtype: "float32", shape: [data.length / dimension, dimension], data };
}

/**
 * Requires finite float32 rows, at least one, of the given dimension if any.
 *
 * @throws DtypeError, ShapeError or DataError that name the argument.
 */
export function checkVectors(where: string, name: string, vectors: Vectors, dimension?: number): void {
  const { dtype, shape, data } = vectors ?? {};
  if (dtype !== "float32" || !(data instanceof Float32Array)) {
    const got = dtype === undefined ? show(vectors) : `${show(dtype)} with ${show(data)}`;
    const fix = 'Make it with tensorData("float32", [count, dimension], values) of @attnlab/check.';
    throw new DtypeError(problem({ where, expected: `${name} must be a float32 tensor`, got, fix }));
  }
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    const fix = "Give every vector a row of its own.";
    throw new ShapeError(problem({ where, expected: `${name} must have the shape [count, dimension]`, got: show(shape), fix }));
  }
  if (sizeOf(shape) !== data.length) {
    const got = `${data.length} values for ${showShape(shape)}`;
    throw new ShapeError(
      problem({ where, expected: `${name} must hold count x dimension values`, got, fix: `Pass ${sizeOf(shape)} values.` }),
    );
  }
  const [count, columns] = shape as [number, number];
  if (count === 0 || columns === 0) {
    const expected = `${name} must have at least one vector of at least one dimension`;
    throw new DataError(problem({ where, expected, got: showShape(shape), fix: "Leave the call out when there is nothing to search." }));
  }
  if (dimension !== undefined && columns !== dimension) {
    const fix = "Pass vectors of the dimension the index was built with.";
    throw new ShapeError(problem({ where, expected: `${name} must have dimension ${dimension}`, got: String(columns), fix }));
  }
  checkFinite(where, name, data, columns);
}

function checkFinite(where: string, name: string, data: Float32Array, columns: number): void {
  // Zero times anything finite is zero; NaN and infinities leave NaN behind, and one pass without branches finds them.
  let trace = 0;
  for (let i = 0; i < data.length; i++) trace += (data[i] as number) * 0;
  if (trace === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  const got = `${data[at]} in vector ${Math.floor(at / columns)}, component ${at % columns}`;
  throw new DataError(problem({ where, expected: `${name} must be finite`, got, fix: "Remove or repair these vectors first." }));
}
