export { checkModel } from "./check-model.ts";
export { decodeModel } from "./decode-model.ts";
export { encodeModel } from "./encode-model.ts";
export type {
  OnnxAttribute,
  OnnxDim,
  OnnxGraph,
  OnnxInitializer,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from "./model.ts";
export { printModel } from "./print-model.ts";
