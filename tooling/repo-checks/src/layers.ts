/** What one package may import. */
export interface Layer {
  readonly layer: number;
  /** Workspace packages, by their folder's name. */
  readonly mayImport: readonly string[];
  /** More workspace packages, for files under `src/node` only. */
  readonly nodeMayImport?: readonly string[];
}

/** The layers of `packages/`: imports point downwards, and only to what is listed. A new package gets its line here. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  check: { layer: 0, mayImport: [] },
  random: { layer: 1, mayImport: ["check"] },
  linalg: { layer: 1, mayImport: ["check"] },
  onnx: { layer: 1, mayImport: ["check"] },
  datasets: { layer: 2, mayImport: ["check", "random", "linalg"] },
  svm: { layer: 2, mayImport: ["check", "random", "linalg", "onnx"] },
  graph: { layer: 2, mayImport: ["check", "onnx"] },
  runtime: { layer: 2, mayImport: ["check", "onnx"] },
  neighbors: { layer: 3, mayImport: ["check", "random", "linalg"], nodeMayImport: ["graph", "runtime"] },
  optimizers: { layer: 3, mayImport: ["check", "graph"] },
  attention: { layer: 4, mayImport: ["check", "random", "graph"], nodeMayImport: ["runtime", "neighbors"] },
  train: { layer: 4, mayImport: ["check", "random", "onnx", "graph", "optimizers", "runtime"] },
  models: { layer: 5, mayImport: ["check", "random", "graph", "attention"] },
};

/** Libraries that one package wraps, so that every other package meets them through its interface. */
export const WRAPPED: readonly { readonly library: RegExp; readonly owner: string; readonly oneFile: boolean }[] = [
  { library: /^onnxruntime-/, owner: "runtime", oneFile: true },
  { library: /^(?:onnx-buf|@bufbuild\/protobuf)$/, owner: "onnx", oneFile: false },
  { library: /^ml-matrix$/, owner: "linalg", oneFile: false },
  { library: /^usearch$/, owner: "neighbors", oneFile: true },
];
