import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeModel } from "@attnlab/onnx";
import { BAD, GOOD } from "./models.ts";

/** Writes every model of `models.ts` into a folder, for `tooling/goldens/onnx/official_checker.py`. */
const folder = process.argv[2] as string;
for (const [name, { model, feeds }] of Object.entries(GOOD)) {
  writeFileSync(join(folder, `good-${name}.onnx`), encodeModel(model));
  writeFileSync(join(folder, `good-${name}.json`), JSON.stringify(feeds));
}
for (const [name, { model }] of Object.entries(BAD)) writeFileSync(join(folder, `bad-${name}.onnx`), encodeModel(model));
