import { showNumber } from "../experiment/index.ts";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A tick label: plain digits, or a power of ten far from 1. */
export function tickLabel(value: number): string {
  const exponent = Math.log10(Math.abs(value));
  if (value !== 0 && Number.isInteger(Math.round(exponent * 1e9) / 1e9) && (exponent >= 5 || exponent <= -3)) {
    const power = Math.round(exponent);
    return `${value < 0 ? "−" : ""}10${power < 0 ? "⁻" : ""}${[...String(Math.abs(power))].map((d) => SUPERSCRIPTS[Number(d)]).join("")}`;
  }
  return showNumber(value, 6).replace("-", "−");
}

/** The ends of an axis and where its ticks stand. */
export interface AxisRange {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** Ticks of a logarithmic axis: decades, with 2 and 5 between them when there are few. */
export function logRange(low: number, high: number): AxisRange {
  const from = low > 0 ? low : high > 0 ? high / 1e6 : 1;
  const to = high > from ? high : from * 10;
  const decades = Math.log10(to / from);
  const steps = decades < 2 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / 7));
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    if (power % stride !== 0) continue;
    for (const step of steps) {
      const tick = Number(`${step}e${power}`);
      if (tick >= from * 0.999 && tick <= to * 1.001) ticks.push(tick);
    }
  }
  return { domain: [from, to], ticks };
}

/** About five round ticks, and ends moved outwards to the next tick unless `exact`. */
export function linearRange(low: number, high: number, exact = false): AxisRange {
  const width = high > low ? high - low : Math.max(1, Math.abs(low)) * 0.2;
  const middle = (low + high) / 2;
  const [a, b] = high > low ? [low, high] : [middle - width / 2, middle + width / 2];
  const rough = width / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = exact ? Math.ceil(a / step - 1e-9) : Math.floor(a / step + 1e-9);
  const last = exact ? Math.floor(b / step + 1e-9) : Math.ceil(b / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { domain: exact ? [a, b] : [ticks[0] ?? a, ticks.at(-1) ?? b], ticks };
}

/** Widens the shorter axis so that one unit is equally long on both; `ratio` is the drawing's width over its height. */
export function equalRanges(
  x: readonly [number, number],
  y: readonly [number, number],
  ratio: number,
): { readonly x: [number, number]; readonly y: [number, number] } {
  const margin = 1.08;
  const width = Math.max(x[1] - x[0], (y[1] - y[0]) * ratio, Number.MIN_VALUE) * margin;
  const height = width / ratio;
  const [cx, cy] = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  return { x: [cx - width / 2, cx + width / 2], y: [cy - height / 2, cy + height / 2] };
}
