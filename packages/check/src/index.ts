export { bytesPerElement, checkDtype, DTYPES, type Dtype, isFloat } from "./dtype.ts";
export {
  AttnlabError,
  DataError,
  DtypeError,
  FormatError,
  NotFoundError,
  NumericalError,
  OptionError,
  type ProblemParts,
  problem,
  ShapeError,
  show,
  UsageError,
} from "./errors.ts";
export {
  booleanOption,
  customOption,
  integerOption,
  type NumberBounds,
  numberOption,
  type OptionRule,
  type OptionTable,
  oneOfOption,
  optionTable,
  type ResolvedOptions,
  stringOption,
} from "./option-table.ts";
export { broadcastShapes, checkShape, type Shape, sameShape, showShape, sizeOf, stridesOf } from "./shape.ts";
export { type TensorData, type TypedArrayOf, tensorData, toNumbers } from "./tensor-data.ts";
