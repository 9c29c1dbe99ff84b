import type { Check, Problem } from "../check.ts";

const GRAB_BAGS = /^(?:utils?|helpers?|types?|common|misc|shared)$/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Files are named in kebab-case after what they hold; names that could hold anything are refused. */
export const fileNames: Check = {
  name: "files are named after one concept",
  run({ packages }) {
    const problems: Problem[] = [];
    for (const { path } of packages.flatMap(({ sources }) => sources)) {
      const parts = path.split("/").slice(2);
      const stem = (parts.at(-1) ?? "").replace(/\.[a-z]+$/, "").replace(/\.(?:test|test-d|golden|property|conformance|config)/g, "");
      const bag = [...parts.slice(0, -1), stem].find((part) => GRAB_BAGS.test(part));
      if (bag !== undefined)
        problems.push({ file: path, text: `is called ${bag}, which could hold anything. Name it after its one concept.` });
      else if (!KEBAB.test(stem)) problems.push({ file: path, text: `must be in kebab-case; got ${stem}.` });
    }
    return problems;
  },
};
