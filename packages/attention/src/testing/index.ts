export { type AttentionBackend, type AttentionCheck, type AttentionSubject, attentionConformance } from "./attention-conformance.ts";
