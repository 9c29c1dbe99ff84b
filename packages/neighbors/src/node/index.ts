export { createOnnxKernel, type OnnxKernel, type OnnxKernelOptions } from "./onnx-kernel.ts";
