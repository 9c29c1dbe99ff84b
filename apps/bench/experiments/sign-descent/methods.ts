import { adam, gradientDescent, type Optimizer, signDescent, signum } from "@attnlab/optimizers";
import { wordListOption } from "../../src/experiment/index.ts";

/** The beta pairs of Adam that are compared; the first is the usual one. */
const BETAS = ["0.9,0.999", "0,0.999", "0.9,0.99", "0.9,0.9", "0,0.9"] as const;

/** Every method of this folder: sign descent, Signum, gradient descent, and Adam with each pair of betas. */
export const METHODS = ["sign", "signum", "gd", "adam", ...BETAS.slice(1).map((pair) => `adam ${pair}` as const)] as const;

/** Name of a method. */
export type Method = (typeof METHODS)[number];

/** A rule for a list of methods, for example `--set methods=sign,adam`. */
export const methodList: ReturnType<typeof wordListOption<Method>> = wordListOption(METHODS, { doc: "Methods to compare." });

/** The optimizer of a method: all parameters, constant step, no weight decay. */
export function optimizerOf(method: Method, learningRate: number): Optimizer {
  if (method === "sign") return signDescent({ learningRate });
  if (method === "signum") return signum({ learningRate, momentum: 0.9 });
  if (method === "gd") return gradientDescent({ learningRate });
  const [b1, b2] = (method === "adam" ? BETAS[0] : method.slice(5)).split(",").map(Number) as [number, number];
  return adam({ learningRate, b1, b2, eps: 1e-8 });
}

/** How figures and tables call a method. */
export function methodLabel(method: string): string {
  const known: Readonly<Record<string, string>> = { sign: "SignGD", signum: "Signum (0.9)", gd: "GD", adam: "Adam (0.9, 0.999)" };
  return known[method] ?? `Adam (${method.slice(5).replace(",", ", ")})`;
}
