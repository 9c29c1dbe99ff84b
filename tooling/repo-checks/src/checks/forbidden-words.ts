import type { Check, Problem } from "../check.ts";

const RULES: readonly { readonly pattern: RegExp; readonly code: boolean; readonly text: string }[] = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, code: true, text: "leaves work open. Do it, or open an issue." },
  {
    pattern: /(?:^|[\s"'`(=:])(?:\/(?:home|Users|work|root)\/[\w.-]+|[A-Z]:\\\\?Users)/,
    code: false,
    text: "names a folder of one machine. Use a path relative to the file or the repository.",
  },
];

// These two talk about the words.
const ABOUT_THEM = /^tooling\/repo-checks\/(?:src|test)\/|^pnpm-lock\.yaml$|\/golden\//;

/** No open ends and no folders of one machine in anything that is committed. */
export const forbiddenWords: Check = {
  name: "no left-over words or machine paths",
  run({ files }) {
    const problems: Problem[] = [];
    for (const { path, text } of files) {
      if (ABOUT_THEM.test(path)) continue;
      const rules = RULES.filter(({ code }) => !code || /\.(?:ts|js|mjs|py|vue)$/.test(path));
      text.split("\n").forEach((line, i) => {
        for (const rule of rules) {
          const found = rule.pattern.exec(line)?.[0];
          if (found !== undefined) problems.push({ file: path, line: i + 1, text: `"${found.trim()}" ${rule.text}` });
        }
      });
    }
    return problems;
  },
};
