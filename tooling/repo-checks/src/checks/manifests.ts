import type { Check, Problem } from "../check.ts";
import { publicPackages, type WorkspacePackage } from "../workspace/workspace.ts";

/** Every public manifest says what npm, bundlers and turbo need, in the same way. */
export const manifests: Check = {
  name: "manifests are complete",
  run(workspace) {
    const names = new Set(workspace.packages.map(({ manifest }) => manifest.name));
    return publicPackages(workspace).flatMap((one) => [...rules(one), ...workspaceRanges(one, names), ...entryPoints(one)]);
  },
};

function rules({ manifest, folder, group, shortName }: WorkspacePackage): Problem[] {
  const problems: Problem[] = [];
  const require = (holds: boolean, text: string): void => {
    if (!holds) problems.push({ file: `${folder}/package.json`, text });
  };
  require(manifest.name === `@attnlab/${shortName}`, `name must be @attnlab/${shortName}, after the folder; got ${manifest.name}.`);
  require(manifest.type === "module", 'type must be "module".');
  require(manifest.license === "MIT", 'license must be "MIT".');
  require((manifest.description ?? "") !== "", "description must say what the package does in one sentence.");
  require(manifest.repository?.directory === folder, `repository.directory must be ${folder}.`);
  require(manifest.engines?.node === ">=22.12", 'engines.node must be ">=22.12".');
  require(manifest.files?.includes("dist") === true, 'files must contain "dist".');
  for (const task of ["build", "typecheck", "test"]) {
    require(manifest.scripts?.[task] !== undefined, `scripts.${task} is missing, so turbo would leave the package out.`);
  }
  if (group === "packages") {
    require(manifest.sideEffects === false, "sideEffects must be false: importing a package runs no code.");
    require(manifest.files?.includes("src") === true, 'files must contain "src", which source maps point to.');
  }
  return problems;
}

function workspaceRanges({ manifest, folder }: WorkspacePackage, names: ReadonlySet<string>): Problem[] {
  return Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).flatMap(([name, range]) =>
    names.has(name) && range !== "workspace:^"
      ? [{ file: `${folder}/package.json`, text: `${name} must have the range "workspace:^"; got "${range}".` }]
      : [],
  );
}

function entryPoints({ manifest, folder, group }: WorkspacePackage): Problem[] {
  const problems: Problem[] = [];
  const file = `${folder}/package.json`;
  if (group === "packages" && manifest.exports === undefined)
    problems.push({ file, text: "exports is missing: it closes everything that is not public." });
  for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
    if (entry === "./package.json" || group !== "packages") continue;
    const conditions = typeof target === "string" ? [] : Object.keys(target);
    const wanted = ["@attnlab/source", "types", "default"];
    if (conditions.join() !== wanted.join()) {
      problems.push({
        file,
        text: `exports["${entry}"] must have the conditions ${wanted.join(", ")} in this order; got ${conditions.join(", ") || "one path"}.`,
      });
    }
  }
  return problems;
}
