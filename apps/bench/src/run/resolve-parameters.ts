import { OptionError, optionTable, problem, show } from "@attnlab/check";
import type { Experiment, ParameterValue, ParameterValues, Scale } from "../experiment/index.ts";

/** `--set key=value` as it was typed. */
export interface Setting {
  readonly name: string;
  readonly text: string;
}

/**
 * Splits `key=value`.
 * @throws OptionError when there is no `=` or no key.
 */
export function parseSetting(text: string): Setting {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new OptionError(
      problem({ where: "--set", expected: "a setting must be written key=value", got: show(text), fix: "For example --set p=1.75,2,3." }),
    );
  }
  return { name: text.slice(0, at).trim(), text: text.slice(at + 1).trim() };
}

/** The readings of a typed value: JSON, then a comma list of JSON values or words, then a one-element list, then the word itself. */
function readings(text: string): unknown[] {
  const one = (part: string): unknown => {
    try {
      return JSON.parse(part) as unknown;
    } catch {
      return part;
    }
  };
  const single = one(text);
  const list = text.split(",").map((part) => one(part.trim()));
  return [single, list, [single], text];
}

/** Whether an experiment has a parameter of this name. */
export function hasParameter(experiment: Experiment, name: string): boolean {
  return Object.hasOwn(experiment.parameters, name);
}

/**
 * The parameters of an experiment at a scale, with settings applied; settings of unknown parameters are left to the caller.
 * @throws OptionError when a value breaks the parameter's rule.
 */
export function resolveParameters(experiment: Experiment, scale: Scale, settings: readonly Setting[]): ParameterValues {
  const values: Record<string, ParameterValue> = {};
  for (const [name, parameter] of Object.entries(experiment.parameters)) values[name] = parameter[scale];
  for (const { name, text } of settings) {
    const parameter = experiment.parameters[name];
    if (parameter === undefined) continue;
    const reading = readings(text).find(parameter.rule.accepts);
    values[name] = (reading === undefined ? readings(text)[0] : reading) as ParameterValue;
  }
  return checkParameters(experiment, values);
}

/**
 * Checks parameters that come from a store or from settings.
 * @throws OptionError when one is unknown, missing or out of its range.
 */
export function checkParameters(experiment: Experiment, values: ParameterValues): ParameterValues {
  const rules = Object.fromEntries(Object.entries(experiment.parameters).map(([name, { rule }]) => [name, { ...rule, required: true }]));
  return optionTable(experiment.id, rules).parse(values) as ParameterValues;
}
