/** Lines that a change adds to and removes from one package, split into sources and tests. */
export interface PackageLines {
  readonly folder: string;
  readonly source: { readonly added: number; readonly removed: number };
  readonly tests: { readonly added: number; readonly removed: number };
}

const CODE = /\.(?:ts|js|py)$/;
const TEST = /\.test(?:-d)?\.ts$|^(?:packages|apps|tooling)\/[^/]+\/test\//;

/** Sums the output of `git diff --numstat` over packages; what is not code does not count. */
export function linesByPackage(numstat: string): PackageLines[] {
  const sums = new Map<string, { source: [number, number]; tests: [number, number] }>();
  for (const line of numstat.split("\n")) {
    const [added, removed, path] = line.split("\t");
    const folder = /^(?:packages|apps|tooling)\/[^/]+(?=\/)/.exec(path ?? "")?.[0];
    if (folder === undefined || path === undefined || !CODE.test(path)) continue;
    const sum = sums.get(folder) ?? { source: [0, 0], tests: [0, 0] };
    const part = TEST.test(path) ? sum.tests : sum.source;
    part[0] += Number(added);
    part[1] += Number(removed);
    sums.set(folder, sum);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, { source, tests }]) => ({
      folder,
      source: { added: source[0], removed: source[1] },
      tests: { added: tests[0], removed: tests[1] },
    }));
}

/** One line for each package and one for all of them. */
export function showLines(packages: readonly PackageLines[]): string {
  if (packages.length === 0) return "No line of code changed.\n";
  const total = (part: "source" | "tests", side: "added" | "removed"): number => packages.reduce((sum, one) => sum + one[part][side], 0);
  const all: PackageLines = {
    folder: "all",
    source: { added: total("source", "added"), removed: total("source", "removed") },
    tests: { added: total("tests", "added"), removed: total("tests", "removed") },
  };
  const width = Math.max(...[...packages, all].map(({ folder }) => folder.length));
  const show = ({ added, removed }: PackageLines["source"]): string => `+${added} -${removed}`.padStart(14);
  const rows = [...packages, all].map(({ folder, source, tests }) => `${folder.padEnd(width)}${show(source)}${show(tests)}\n`);
  return `${"".padEnd(width)}${"source".padStart(14)}${"tests".padStart(14)}\n${rows.join("")}`;
}
