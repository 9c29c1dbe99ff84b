import type { Check, Problem } from "../check.ts";

/** Every golden file says who computed it, with which seed, and which script computes it again. */
export const goldens: Check = {
  name: "golden files name their producer and script",
  run({ files }) {
    const paths = new Set(files.map(({ path }) => path));
    const problems: Problem[] = [];
    for (const { path, text } of files) {
      if (!/\/test\/golden\/[^/]+\.json$/.test(path)) continue;
      const { producer, script, seed } = JSON.parse(text);
      if (typeof producer !== "string" || producer === "")
        problems.push({ file: path, text: '"producer" must name the library and its version.' });
      if (seed === undefined) problems.push({ file: path, text: '"seed" is missing; use null when nothing is drawn.' });
      // Written from the repository's root or from tooling/goldens.
      if (typeof script !== "string" || ![script, `tooling/goldens/${script}`].some((candidate) => paths.has(candidate))) {
        problems.push({ file: path, text: `"script" must name a file under tooling/goldens; got ${JSON.stringify(script)}.` });
      }
    }
    return problems;
  },
};
