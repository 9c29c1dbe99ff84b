import type { Check } from "../check.ts";

const LIMIT = 400;
const TEST_LIMIT = 600;

/** A source file stays within 400 lines, a test within 600. */
export const fileSize: Check = {
  name: `files have at most ${LIMIT} lines (tests ${TEST_LIMIT})`,
  run({ packages }) {
    return packages
      .flatMap(({ sources }) => sources)
      .flatMap(({ path, text, isTest }) => {
        const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
        const limit = isTest ? TEST_LIMIT : LIMIT;
        return lines > limit ? [{ file: path, text: `has ${lines} lines, more than ${limit}. Give its parts files of their own.` }] : [];
      });
  },
};
