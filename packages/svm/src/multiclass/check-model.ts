import { problem, show, UsageError } from "@attnlab/check";

/** The parts of models and of what is in them, before it is known what they are. */
type Unknowns = Partial<
  Readonly<
    Record<
      | "type"
      | "numFeatures"
      | "classes"
      | "multiClass"
      | "intercept"
      | "probA"
      | "probB"
      | "coef"
      | "kernel"
      | "supportIndices"
      | "numSupport"
      | "dualCoef"
      | "supportVectors"
      | "name"
      | "gamma"
      | "coef0"
      | "degree"
      | "rows"
      | "cols"
      | "data"
      | "indptr"
      | "indices",
      unknown
    >
  >
>;

type Test = (value: unknown) => boolean;

/** The types of fitted models: how many functions they hold, and over what. */
const TYPES: Readonly<Record<string, { readonly classes: boolean; readonly linear: boolean }>> = {
  linearSvc: { classes: true, linear: true },
  linearSvr: { classes: false, linear: true },
  svc: { classes: true, linear: false },
  nuSvc: { classes: true, linear: false },
  svr: { classes: false, linear: false },
  nuSvr: { classes: false, linear: false },
  oneClassSvm: { classes: false, linear: false },
};
const KERNELS: readonly unknown[] = ["linear", "rbf", "poly", "sigmoid", "precomputed"];

/**
 * Requires what a fit function returned, or its copy out of JSON, with all parts that predictions need.
 * @throws UsageError otherwise.
 */
export function checkModel(where: string, model: unknown): void {
  const type = isRecord(model) && typeof model.type === "string" && Object.hasOwn(TYPES, model.type) && TYPES[model.type];
  if (!isRecord(model) || !type) throw notFitted(where, "model must be a fitted model", model);
  const need = (name: keyof Unknowns, expected: string, holds: Test): void => {
    if (!holds(model[name])) throw notFitted(where, `model.${name} must be ${expected}`, model[name]);
  };
  need("numFeatures", "a whole number >= 1", (v) => Number.isSafeInteger(v) && Number(v) >= 1);
  if (type.classes) need("classes", "a list of two or more classes", (v) => Array.isArray(v) && v.length >= 2);
  const { functions, lines } = type.classes ? sizesOf(model) : { functions: 1, lines: 1 };
  const [one, ofEach] = type.classes ? [numbers(functions), "a list of numbers, one per function"] : [Number.isFinite, "a finite number"];
  need("intercept", ofEach, one);
  for (const name of ["probA", "probB"] as const) {
    if (type.classes) need(name, `absent or ${ofEach}`, (v) => v === undefined || one(v));
  }
  const perFunction = (length: number): Test => (type.classes ? listOf(lines, numbers(length)) : numbers(length));
  if (type.linear) {
    need("coef", "finite numbers, one per feature", perFunction(Number(model.numFeatures)));
    return;
  }
  need("kernel", "a kernel with its name and numbers", isKernel);
  need("supportIndices", "a list of numbers", (v) => Array.isArray(v) && v.every(Number.isSafeInteger));
  const count = (model.supportIndices as readonly unknown[]).length;
  if (type.classes) need("numSupport", "a number per class", numbers((model.classes as readonly unknown[]).length));
  need("dualCoef", "finite numbers, one per support vector", perFunction(count));
  const stored = (model.kernel as Unknowns).name === "precomputed" ? 0 : count;
  need("supportVectors", `${stored} rows of finite numbers`, (v) => isStored(v, stored, Number(model.numFeatures)));
}

function notFitted(where: string, expected: string, got: unknown): UsageError {
  const fix = "Pass what fitSvc, fitLinearSvc or another fit function returned.";
  return new UsageError(problem({ where, expected, got: show(got), fix }));
}

/** The functions of a classifier, and the lists that its coefficients are kept in. */
function sizesOf(model: Unknowns): { readonly functions: number; readonly lines: number } {
  const count = (model.classes as readonly unknown[]).length;
  if (count === 2) return { functions: 1, lines: 1 };
  return model.multiClass === "ovo" ? { functions: (count * (count - 1)) / 2, lines: count - 1 } : { functions: count, lines: count };
}

function isRecord(value: unknown): value is Unknowns {
  return typeof value === "object" && value !== null;
}

function numbers(length: number): Test {
  return listOf(length, Number.isFinite);
}

function listOf(length: number, holds: Test): Test {
  return (value) => Array.isArray(value) && value.length === length && value.every(holds);
}

function isKernel(value: unknown): boolean {
  return (
    isRecord(value) &&
    KERNELS.includes(value.name) &&
    [value.coef0, value.degree].every(Number.isFinite) &&
    Number.isFinite(value.gamma) &&
    Number(value.gamma) > 0
  );
}

function isStored(value: unknown, rows: number, cols: number): boolean {
  if (!isRecord(value) || value.rows !== rows || value.cols !== cols || !Array.isArray(value.data)) return false;
  const { indptr, indices, data } = value;
  if (!data.every(Number.isFinite)) return false;
  if (indptr === undefined && indices === undefined) return data.length === rows * cols;
  return numbers(rows + 1)(indptr) && numbers(data.length)(indices);
}
