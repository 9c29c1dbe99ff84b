import { formatValue } from "./format-value.ts";

/**
 * Whether a value is what the documentation says.
 *
 * The printed value and the expectation are compared word by word: white space and the kind of quotes do not matter, `…` stands for
 * any further elements, `Float64Array(2)` equals `Float64Array`, and a string may also be written without quotes. A number agrees
 * when it lies within half a unit of the last decimal written, if there are three or more; otherwise within 1e-6 of it (relative,
 * absolute below 1). Two whole numbers up to 2^53 agree when they are equal.
 */
export function matchesExpectation(value: unknown, expected: string): boolean {
  if (typeof value === "string" && collapse(value) === collapse(expected)) return true;
  return matchTokens(tokens(formatValue(value)), tokens(expected));
}

function collapse(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?n?|[\w$]+|…|\.\.\.|=>|\S/gi;

function tokens(text: string): string[] {
  const plain = text.replace(/\b([A-Z]\w*(?:Array|Map|Set))\(\d+\)/g, "$1").replace(/\b(Map|Set)\(\d+\)/g, "$1");
  return Array.from(plain.matchAll(TOKEN), ([token]) => {
    if (token === "...") return "…";
    return token.startsWith("'") ? JSON.stringify(token.slice(1, -1).replaceAll("\\'", "'")) : token;
  });
}

function matchTokens(actual: readonly string[], expected: readonly string[], a = 0, e = 0): boolean {
  for (; e < expected.length; a++, e++) {
    const wanted = expected[e] as string;
    if (wanted === "…") {
      for (let rest = a; rest <= actual.length; rest++) if (matchTokens(actual, expected, rest, e + 1)) return true;
      return false;
    }
    const got = actual[a];
    if (got === undefined || !(got === wanted || agree(got, wanted))) return false;
  }
  return a === actual.length;
}

function agree(got: string, wanted: string): boolean {
  if (!NUMBER.test(got) || !NUMBER.test(wanted)) return false;
  const x = Number(got);
  const y = Number(wanted);
  if (Number.isSafeInteger(x) && Number.isSafeInteger(y)) return x === y;
  const [mantissa = "", exponent = "0"] = wanted.toLowerCase().split("e");
  const decimals = mantissa.split(".")[1]?.length ?? 0;
  const unit = 10 ** (Number(exponent) - decimals);
  // The factor forgives the rounding of the half unit itself.
  return Math.abs(x - y) <= (decimals >= 3 ? 0.5 * unit * (1 + 1e-9) : 1e-6 * Math.max(1, Math.abs(y)));
}
