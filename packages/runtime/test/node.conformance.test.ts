import { createSession } from "@attnlab/runtime/node";
import { sessionConformance } from "./session-conformance.ts";

sessionConformance("node", createSession);
