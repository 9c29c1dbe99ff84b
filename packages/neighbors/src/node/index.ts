export { createHnswIndex, type HnswIndexOptions, loadHnswIndex } from "./hnsw-index.ts";
export { createOnnxKernel, type OnnxKernel, type OnnxKernelOptions } from "./onnx-kernel.ts";
