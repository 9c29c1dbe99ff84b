import type { ViteUserConfig } from "vitest/config";

/** The vitest project of one package: workspace packages resolve to their sources. */
export declare function nodeProject(root: string): ViteUserConfig;
