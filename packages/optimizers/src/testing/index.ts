export {
  type ConformanceBackend,
  type ConformanceCheck,
  type Goal,
  type OptimizerSubject,
  optimizerConformance,
} from "./optimizer-conformance.ts";
