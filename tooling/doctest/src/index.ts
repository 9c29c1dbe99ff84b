export { type Example, examplesInMarkdown } from "./find-examples.ts";
export { instrument } from "./instrument.ts";
export { type RunOptions, runExamples } from "./run-examples.ts";
