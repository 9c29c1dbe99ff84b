export { compileLoop, compileStep, type WebCompileLoopOptions, type WebCompileOptions } from "./compile-on-web.ts";
