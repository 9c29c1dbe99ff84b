import { problem, type Shape, ShapeError, show } from "@attnlab/check";

/** Labels of the axes of one tensor; an ellipsis has become labels `...0`, `...1`, … from the last axis it stands for. */
export type Labels = readonly string[];

/** A parsed equation: the labels of every operand and of the result, and the size of every label. */
export interface EinsumEquation {
  readonly operands: readonly Labels[];
  readonly output: Labels;
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Reads an equation such as `"bik,bkj->bij"` against the shapes of its operands.
 * @throws {@link ShapeError} when it is malformed or does not fit the shapes.
 */
export function parseEinsum(equation: string, shapes: readonly Shape[]): EinsumEquation {
  const [left, right, ...rest] = equation.replaceAll(" ", "").split("->");
  const terms = (left as string).split(",");
  if (rest.length > 0 || terms.length !== shapes.length) {
    const got = `${show(equation)} with ${shapes.length} operands`;
    fail("an equation must have one term per operand and at most one arrow", got, 'Write for example "ij,jk->ik".');
  }
  const operands = terms.map((term, i) => expandTerm(equation, term, (shapes[i] as Shape).length));
  const sizes = new Map<string, number>();
  operands.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      note(equation, sizes, label, (shapes[i] as Shape)[axis] as number);
    });
  });
  const output = right === undefined ? implicitOutput(operands) : expandOutput(equation, right, operands);
  return { operands, output, sizes };
}

function fail(expected: string, got: string, fix: string): never {
  throw new ShapeError(problem({ where: "einsum", expected, got, fix }));
}

function expandTerm(equation: string, term: string, rank: number): Labels {
  const [before, after, ...more] = term.split("...");
  const letters = term.replace("...", "");
  if (more.length > 0 || /[^a-zA-Z]/.test(letters)) {
    fail("a term must be made of letters and at most one ellipsis", show(equation), 'Write for example "...ij".');
  }
  const hidden = rank - letters.length;
  if (hidden < 0 || (after === undefined && hidden > 0)) {
    const got = `a tensor of ${rank} axes in ${show(equation)}`;
    fail(`term "${term}" must name every axis of its operand`, got, "Write one letter per axis, or ... for several.");
  }
  return after === undefined ? [...letters] : [...(before as string), ...ellipsis(hidden), ...after];
}

function ellipsis(count: number): Labels {
  return Array.from({ length: count }, (_, i) => `...${count - 1 - i}`);
}

/** Axes under an ellipsis broadcast; letters must agree. */
function note(equation: string, sizes: Map<string, number>, label: string, size: number): void {
  const known = sizes.get(label);
  if (known === undefined || (label.startsWith("...") && known === 1)) sizes.set(label, size);
  else if (known !== size && !(label.startsWith("...") && size === 1)) {
    fail(`"${label}" must have one size in ${show(equation)}`, `${known} and ${size}`, "Check the order of the letters.");
  }
}

function widestEllipsis(operands: readonly Labels[]): Labels {
  return ellipsis(Math.max(...operands.map((labels) => labels.filter((label) => label.startsWith("...")).length)));
}

/** Without an arrow: the ellipsis, then every letter that occurs once, in alphabetical order. */
function implicitOutput(operands: readonly Labels[]): Labels {
  const letters = operands.flat().filter((label) => !label.startsWith("..."));
  const once = letters.filter((label) => letters.indexOf(label) === letters.lastIndexOf(label));
  return [...widestEllipsis(operands), ...once.sort()];
}

function expandOutput(equation: string, term: string, operands: readonly Labels[]): Labels {
  const letters = term.replace("...", "");
  const known = new Set(operands.flat());
  if (/[^a-zA-Z]/.test(letters) || new Set(letters).size !== letters.length || [...letters].some((letter) => !known.has(letter))) {
    const fix = "Every letter of the result must occur in an operand.";
    fail("the result must be made of distinct letters of the operands", show(equation), fix);
  }
  const [before, after] = term.split("...");
  return after === undefined ? [...letters] : [...(before as string), ...widestEllipsis(operands), ...after];
}
