import { customOption, OptionError, type OptionRule, problem, show } from "@attnlab/check";
import { adam, mirrorDescent, type Optimizer } from "@attnlab/optimizers";

const METHOD = /^(?:adam|p=\d+(?:\.\d+)?)$/;

/** `"adam"`, or un-normalised mirror descent with an exponent: `"p=1.1"`; `"p=2"` is gradient descent. */
export type Method = string;

/** A method with its step size. */
export interface Setting {
  readonly method: Method;
  readonly rate: number;
}

/** A rule for a list of methods, written `--set methods=p=1.1,adam` on the command line. */
export function methodListOption(doc: string): OptionRule<readonly string[]> {
  return customOption({
    doc,
    expected: 'a non-empty list of "adam" and "p=<number > 1>"',
    accepts: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      new Set(value).size === value.length &&
      value.every((one) => typeof one === "string" && METHOD.test(one) && (one === "adam" || exponentOf(one) > 1)),
    invalid: [[], ["p=1"], ["sgd"], ["adam", "adam"], "adam", null],
  });
}

/** The exponent of a mirror-descent method; NaN for Adam. */
export function exponentOf(method: Method): number {
  return method === "adam" ? Number.NaN : Number(method.slice(2));
}

/** How figures and tables call a method. */
export function methodLabel(method: Method): string {
  if (method === "adam") return "Adam";
  return method === "p=2" ? "GD (p = 2)" : `MD p = ${method.slice(2)}`;
}

/**
 * Pairs every method with each of its steps: its rate times each factor.
 *
 * @throws OptionError when there is not one rate per method.
 */
export function settings(where: string, methods: readonly Method[], rates: readonly number[], factors: readonly number[]): Setting[] {
  if (methods.length !== rates.length) {
    const got = `${show(methods)} and ${show(rates)}`;
    throw new OptionError(problem({ where, expected: "rates must have one step per method", got, fix: "Set both lists together." }));
  }
  // Rounding keeps 3e-3 * 0.1 from becoming another step than 3e-4.
  return methods.flatMap((method, i) =>
    factors.map((factor) => ({ method, rate: Number(((rates[i] as number) * factor).toPrecision(12)) })),
  );
}

/** The optimizer of a method, on all parameters, with a constant step. */
export function optimizerOf({ method, rate }: Setting): Optimizer {
  if (method === "adam") return adam({ learningRate: rate });
  return mirrorDescent({ p: exponentOf(method), learningRate: rate });
}
