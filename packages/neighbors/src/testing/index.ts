export { type ConformanceCheck, type IndexSubject, indexConformance } from "./index-conformance.ts";
