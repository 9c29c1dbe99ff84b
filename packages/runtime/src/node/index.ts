export type { Session } from "../session.ts";
export type { Optimization, SessionOptions } from "../session-options.ts";
export { availableProviders, createSession } from "./create-session.ts";
export { type Profile, type ProfileRow, readProfile } from "./read-profile.ts";
