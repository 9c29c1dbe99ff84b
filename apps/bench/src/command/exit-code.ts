/** What the program returns: for scripts, so it never changes. */
export const EXIT = {
  /** Everything went well and every claim that was run holds. */
  ok: 0,
  /** A claim fails. */
  claimFails: 1,
  /** The user can fix it: a wrong option, missing data, a damaged or locked store, a folder that cannot be written. */
  usage: 2,
  /** A run failed, or attnlab has a defect. */
  internal: 3,
  /** Stopped by Ctrl-C, as shells expect it. */
  interrupted: 130,
} as const;
