import { delimiter } from "node:path";

// npm hands its own settings to scripts as npm_* variables. Only those that say how to reach a registry mean the same to the
// npx, pnpm and npm started below; the others (loglevel, prefix, omit, dry-run, workspace ...) would change what they do.
const KEPT =
  /^npm_config_(?:(?:.+:)?registry|cache|userconfig|globalconfig|proxy|https?_proxy|noproxy|ca|cafile|cert|key|strict_ssl|offline|prefer_offline|store_dir)$/i;

/**
 * The environment of everything the root commands start: `folders` first on the path, nothing of the outer npm that could change
 * their work, no telemetry.
 *
 * @param {NodeJS.ProcessEnv} env - the environment of this process
 * @param {{ folders?: readonly string[], color: boolean }} options - `color`: whether output may be coloured
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(env, { folders = [], color }) {
  /** @type {NodeJS.ProcessEnv} */
  const child = {};
  let path = "";
  for (const [name, value] of Object.entries(env)) {
    // Windows spells it Path.
    if (/^path$/i.test(name)) path = value ?? "";
    // NODE_ENV=production would leave out the development dependencies, INIT_CWD names the caller's folder.
    else if (/^npm_/i.test(name) ? KEPT.test(name) && value !== "" : !/^(?:NODE|NODE_ENV|INIT_CWD|COLOR)$/.test(name)) child[name] = value;
  }
  const rest = path.split(delimiter).filter((folder) => folder !== "" && !folders.includes(folder));
  child.PATH = [...folders, ...rest].join(delimiter);
  child.TURBO_TELEMETRY_DISABLED = "1";
  child.TURBO_NO_UPDATE_NOTIFIER = "1";
  child.DO_NOT_TRACK = "1";
  if (!color && child.FORCE_COLOR === undefined) child.NO_COLOR = "1";
  return child;
}
