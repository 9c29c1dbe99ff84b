import { DARK_VARIABLES } from "../plot/palette.ts";

/** The style of the HTML report: light, dark by the reader's preference, and always light on paper. */
export const STYLESHEET = `
:root { color-scheme: light dark; --page: #ffffff; --text: #1c2430; --soft: #55606e; --line: #dde2e8; --panel: #f6f8fa; --link: #0b5cad;
  --holds: #136c3f; --holds-bg: #e2f4e9; --fails: #a8201a; --fails-bg: #fde8e6; --open: #6b5200; --open-bg: #fbf1d3; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #151a21; --text: #e6eaf0; --soft: #a4aebb; --line: #2f3843; --panel: #1c232c; --link: #7ab8f5;
    --holds: #6fdb9d; --holds-bg: #12351f; --fails: #ff9a92; --fails-bg: #471613; --open: #f0cf6b; --open-bg: #3a2f0c; }
  :root { ${DARK_VARIABLES}; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { font-size: 2.1rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.015em; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 3.2rem 0 .4rem; letter-spacing: -.01em; }
h3 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
sub, sup { font-size: .75em; line-height: 0; }
.soft { color: var(--soft); font-size: .92rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--page); padding: .5rem; }
.tally { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
.tally li { min-width: 8rem; padding: .7rem 1rem; border-radius: .6rem; }
.tally strong { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.holds { color: var(--holds); background: var(--holds-bg); } .fails { color: var(--fails); background: var(--fails-bg); } .not-run { color: var(--open); background: var(--open-bg); }
.none { color: var(--soft); background: var(--panel); }
.badge { display: inline-block; padding: .1rem .55rem; border-radius: 1rem; font-size: .82rem; font-weight: 600; white-space: nowrap; }
.who { display: inline-block; padding: 0 .4rem; border: 1px solid var(--line); border-radius: .3rem; font-size: .78rem; color: var(--soft); white-space: nowrap; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .7rem; border-bottom: 1px solid var(--line); }
thead th { font-size: .8rem; color: var(--soft); font-weight: 600; border-bottom-width: 2px; }
tbody th { font-weight: 600; white-space: nowrap; }
.group th { background: var(--panel); font-size: .86rem; white-space: normal; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem 1rem; overflow-x: auto; margin: .8rem 0; }
figure { margin: 1.2rem 0 1.8rem; } figure svg { max-width: 100%; height: auto; display: block; }
figcaption { font-size: .92rem; color: var(--soft); margin-top: .5rem; max-width: 46rem; } figcaption strong { color: var(--text); }
dl.claim { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: .4rem 0 1.2rem; font-size: .92rem; }
dl.claim dt { color: var(--soft); } dl.claim dd { margin: 0; max-width: 46rem; }
details > summary { cursor: pointer; font-weight: 600; margin: 1.4rem 0 .4rem; }
.notice { border-left: 4px solid var(--fails); background: var(--fails-bg); color: var(--fails); padding: .5rem 1rem; border-radius: .3rem; margin: .8rem 0; }
.notice.open { border-color: var(--open); background: var(--open-bg); color: var(--open); }
footer { margin-top: 4rem; padding-bottom: 3rem; border-top: 1px solid var(--line); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) { header { padding-top: 1.5rem; } main, header, footer { padding-left: 1rem; padding-right: 1rem; } dl.claim { grid-template-columns: 1fr; } td.statement { min-width: 15rem; } dl.claim dd { margin-bottom: .4rem; } }
@media print { body { font-size: 10.5pt; } main, header, footer { max-width: none; padding: 0; } figure, table, pre, dl { break-inside: avoid; } h2, h3 { break-after: avoid; } .skip { display: none; }
  .badge, .tally li { -webkit-print-color-adjust: exact; print-color-adjust: exact; } details:not([open]) > *:not(summary) { display: block; } }
`;
