import { nodeProject } from "@attnlab/vitest-config";

export default nodeProject(import.meta.dirname);
