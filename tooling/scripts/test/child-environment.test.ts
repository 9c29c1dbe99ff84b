import { delimiter } from "node:path";
import { expect, test } from "vitest";
import { childEnvironment } from "../src/child-environment.js";

test("keeps how to reach a registry and drops what would change the work of an inner npm", () => {
  const outer = {
    HOME: "/h",
    npm_config_registry: "https://r.example",
    npm_config_cafile: "/ca.pem",
    npm_config_https_proxy: "",
    npm_config_loglevel: "silent",
    npm_config_omit: "dev",
    npm_config_user_agent: "npm/11",
    npm_lifecycle_event: "test",
    npm_package_name: "x",
    NODE_ENV: "production",
    INIT_CWD: "/somewhere",
  };
  const { TURBO_TELEMETRY_DISABLED, TURBO_NO_UPDATE_NOTIFIER, DO_NOT_TRACK, PATH, ...rest } = childEnvironment(outer, { color: true });
  expect(rest).toEqual({ HOME: "/h", npm_config_registry: "https://r.example", npm_config_cafile: "/ca.pem" });
  expect([TURBO_TELEMETRY_DISABLED, TURBO_NO_UPDATE_NOTIFIER, DO_NOT_TRACK, PATH]).toEqual(["1", "1", "1", ""]);
});

test("puts its folders first on the path, once, however the path is spelled", () => {
  const path = ["/usr/bin", "/tools dir", "/bin"].join(delimiter);
  for (const name of ["PATH", "Path"]) {
    const child = childEnvironment({ [name]: path }, { folders: ["/repo/.bin", "/tools dir"], color: true });
    expect(child.PATH).toBe(["/repo/.bin", "/tools dir", "/usr/bin", "/bin"].join(delimiter));
  }
});

test("switches colours off for a pipe, unless they were asked for", () => {
  expect(childEnvironment({}, { color: false }).NO_COLOR).toBe("1");
  expect(childEnvironment({}, { color: true }).NO_COLOR).toBeUndefined();
  expect(childEnvironment({ FORCE_COLOR: "1" }, { color: false }).NO_COLOR).toBeUndefined();
});
