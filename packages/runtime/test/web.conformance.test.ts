import { createSession } from "@attnlab/runtime/web";
import { sessionConformance } from "./session-conformance.ts";

sessionConformance("web", createSession);
