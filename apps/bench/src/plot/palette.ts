/**
 * Colours of series, told apart under the common kinds of colour blindness (after Okabe and Ito, the light ones darkened for a white page).
 * In the HTML report the variables take lighter values on a dark page; a file of its own uses the value after the comma.
 */
const LIGHT = ["#0068a8", "#c8500a", "#00805c", "#9b3f86", "#a67c00", "#2f9bd8", "#5b6470", "#7a5bd0"] as const;
const DARK = ["#5ab4f0", "#ff9a5c", "#3ecfa2", "#e58fd2", "#e8c04a", "#9bd4ff", "#b5bfcc", "#b7a1ff"] as const;

/** Colour of the series at a position, as a CSS value with a fallback. */
export function seriesColor(index: number): string {
  const slot = index % LIGHT.length;
  return `var(--series-${slot + 1}, ${LIGHT[slot]})`;
}

/** Dash pattern of the series at a position: solid for the first eight, then patterns, so that no two series look the same. */
export function seriesDash(index: number): string | undefined {
  return [undefined, "6 3", "2 3"][Math.floor(index / LIGHT.length) % 3];
}

/** Colours of everything that is not data. */
export const INK = {
  text: "var(--plot-text, #1c2430)",
  soft: "var(--plot-soft, #55606e)",
  grid: "var(--plot-grid, #e3e7ec)",
  page: "var(--plot-page, #ffffff)",
  reference: "var(--plot-reference, #3a4250)",
} as const;

/** The values of every colour variable on a dark page, as CSS declarations. */
export const DARK_VARIABLES: string = [
  ...DARK.map((color, i) => `--series-${i + 1}: ${color}`),
  "--plot-text: #e6eaf0",
  "--plot-soft: #a4aebb",
  "--plot-grid: #2c343f",
  "--plot-page: #151a21",
  "--plot-reference: #c7ced8",
].join("; ");

/** Replaces colour variables by their values on a white page, for programs that do not know CSS variables. */
export function fixedColors(svg: string): string {
  return svg.replace(/var\(--[a-z0-9-]+, (#[0-9a-f]{6})\)/g, "$1");
}

/** Colour of a heat map cell for a share from 0 to 1, and of the number in it. */
export function heatColor(share: number): { readonly fill: string; readonly text: string } {
  const low = [240, 246, 252];
  const high = [8, 72, 130];
  const t = Math.min(1, Math.max(0, share));
  const fill = `#${low
    .map((c, i) =>
      Math.round(c + ((high[i] as number) - c) * t)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
  return { fill, text: t > 0.5 ? "#ffffff" : "#1c2430" };
}
