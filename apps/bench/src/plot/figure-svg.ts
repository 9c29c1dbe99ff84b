import type { FigureSpec, Panel } from "../experiment/index.ts";
import { INK, seriesColor, seriesDash } from "./palette.ts";
import { panelPlot } from "./panel-plot.ts";

const GAP = 22;
const TITLE = 24;
const LEGEND_LINE = 22;
const FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Width and height of a panel by how many stand side by side: a figure is about 900 wide. */
const PANEL_SIZE: readonly (readonly [number, number])[] = [
  [680, 360],
  [440, 320],
  [300, 280],
];

/** Text for an SVG or HTML document. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The series of a figure in order of first appearance; heat maps and references have none. */
function seriesIn(panels: readonly Panel[]): string[] {
  return [...new Set(panels.flatMap((panel) => panel.marks.flatMap((mark) => ("series" in mark ? [mark.series] : []))))];
}

/**
 * Draws a figure as one SVG element: legend, then panels. Same specification, same bytes.
 *
 * Colours are CSS variables with fallbacks, so the element follows the page it is put into; `fixedColors` makes a file of its own.
 */
export function figureSvg(spec: FigureSpec, about: { readonly title: string; readonly caption: string }): string {
  const columns = Math.min(spec.columns ?? 3, 3, spec.panels.length);
  const [width, height] = PANEL_SIZE[columns - 1] ?? [680, 360];
  const titled = spec.panels.some((panel) => panel.title !== undefined) ? TITLE : 0;
  const all = seriesIn(spec.panels);
  const series = all.filter((name) => name !== "");
  const total = columns * width + (columns - 1) * GAP;
  const legend = series.length > 1 ? legendMarkup(series, all, total) : { markup: "", height: 0 };
  const parts = spec.panels.map((panel, i) => {
    const x = (i % columns) * (width + GAP);
    const y = legend.height + Math.floor(i / columns) * (height + titled + GAP);
    const plot = panelPlot(panel, { x, y: y + titled, width, height, series: all });
    const title =
      panel.title === undefined
        ? ""
        : `<text x="${x + 8}" y="${y + 15}" font-size="13" font-weight="600" fill="${INK.text}">${escapeMarkup(panel.title)}</text>`;
    return title + rounded(plot);
  });
  const rows = Math.ceil(spec.panels.length / columns);
  const full = legend.height + rows * (height + titled) + (rows - 1) * GAP;
  const label = escapeMarkup(`${about.title}. ${about.caption}`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} ${full}" width="${total}" height="${full}" role="img" aria-label="${label}" font-family="${FONT}">` +
    `<rect width="${total}" height="${full}" fill="${INK.page}"/>${legend.markup}${parts.join("")}</svg>`
  );
}

/** Coordinates need no more than two decimals; Plot writes sixteen. */
function rounded(markup: string): string {
  return markup.replace(/(?<=[="( ,MLHVCZ-])(\d+\.\d{3,})(?=[", )LMHVCZ-])/g, (number) => String(Math.round(Number(number) * 100) / 100));
}

function legendMarkup(series: readonly string[], all: readonly string[], width: number): { markup: string; height: number } {
  let x = 8;
  let y = 16;
  const entries = series.map((name) => {
    const length = 40 + name.length * 6.6;
    if (x + length > width && x > 8) {
      x = 8;
      y += LEGEND_LINE;
    }
    const index = all.indexOf(name);
    const dash = seriesDash(index);
    const entry =
      `<line x1="${x}" x2="${x + 20}" y1="${y - 4}" y2="${y - 4}" stroke="${seriesColor(index)}" stroke-width="3"${dash === undefined ? "" : ` stroke-dasharray="${dash}"`}/>` +
      `<text x="${x + 26}" y="${y}" font-size="12" fill="${INK.text}">${escapeMarkup(name)}</text>`;
    x += Math.round(length);
    return entry;
  });
  return { markup: entries.join(""), height: y + 12 };
}
