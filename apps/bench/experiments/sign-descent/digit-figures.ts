import { type Figure, type MetricRow, type Panel, pick, showNumber, summarize, type Table, valuesOf } from "../../src/experiment/index.ts";
import { methodLabel } from "./methods.ts";

/** Mean over seeds of how the training of one method ended. */
export function digitMean(
  rows: readonly MetricRow[],
  at: { readonly task: string; readonly signalToNoise: number },
  method: string,
  metric: string,
): number {
  return summarize(valuesOf(pick(rows, { metric, series: method, params: at }))).mean;
}

/** The tasks, ratios and methods of stored rows. */
export function digitGrid(rows: readonly MetricRow[]): {
  readonly tasks: readonly string[];
  readonly ratios: readonly number[];
  readonly methods: readonly string[];
} {
  const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const ended = pick(rows, { metric: "testLoss" });
  return {
    tasks: distinct(ended.map(({ params }) => params.task as string)),
    ratios: distinct(ended.map(({ params }) => params.signalToNoise as number)).sort((a, b) => a - b),
    methods: distinct(ended.map(({ series }) => series)),
  };
}

const taskTitle = (task: string): string => (task === "ten" ? "ten classes" : "3 against 5");

/** Figures of an experiment on noisy digits. */
export function digitFigures({ attention }: { readonly attention: boolean }): readonly Figure[] {
  return [
    {
      id: "ratios",
      title: "Noisy digits at equal training loss",
      source: "Figure 2 (d), as far as it is known",
      caption:
        "Test loss and accuracy over the signal-to-noise ratio; noise grows to the left. Training of each method stops at one training loss, or at the cap (see the table). Bars: one standard " +
        `deviation over seeds.${attention ? " s11 is the attention of the centre of an image to itself." : ""}`,
      draw: ({ rows }) => {
        const { tasks, ratios, methods } = digitGrid(rows);
        const panel = (task: string, metric: string, label: string): Panel => ({
          title: `${label}, ${taskTitle(task)}`,
          x: { label: "signal-to-noise ratio", scale: "log" },
          y: { label },
          marks: methods.map((method) => ({
            kind: "line",
            series: methodLabel(method),
            points: ratios.flatMap((signalToNoise) => {
              const { mean, deviation, count } = summarize(
                valuesOf(pick(rows, { metric, series: method, params: { task, signalToNoise } })),
              );
              return count === 0 ? [] : [{ x: signalToNoise, y: mean, low: mean - deviation, high: mean + deviation }];
            }),
          })),
        });
        const metrics: readonly (readonly [string, string])[] = [
          ["testLoss", "test loss"],
          ["testAccuracy", "test accuracy"],
          ...(attention ? ([["s11", "s11 in training"]] as const) : []),
        ];
        return { columns: metrics.length, panels: tasks.flatMap((task) => metrics.map(([metric, label]) => panel(task, metric, label))) };
      },
    },
    {
      id: "training",
      title: "Training loss",
      caption: "Mean training loss over steps at each signal-to-noise ratio, first seed.",
      draw: ({ rows, seeds }) => {
        const { tasks, ratios, methods } = digitGrid(rows);
        const own = pick(rows, { metric: "loss", seed: seeds[0] ?? 1 });
        const panels = tasks.flatMap((task) =>
          ratios.map((signalToNoise) => ({
            title: `${taskTitle(task)}, SNR ${signalToNoise}`,
            x: { label: "step" },
            y: { label: "training loss", scale: "log" as const },
            marks: methods.map((method) => ({
              kind: "line" as const,
              series: methodLabel(method),
              points: pick(own, { series: method, params: { task, signalToNoise } }).map(({ step, value }) => ({ x: step, y: value })),
            })),
          })),
        );
        return { columns: 3, panels };
      },
    },
  ];
}

/** The table of an experiment on noisy digits. */
export function digitTables({ attention }: { readonly attention: boolean }): readonly Table[] {
  const extra: readonly (readonly [string, string])[] = attention
    ? [
        ["s11", "s11"],
        ["s21", "s21"],
      ]
    : [];
  return [
    {
      id: "outcomes",
      title: "How training ended",
      caption: "Means over seeds; steps to the training loss, or to the cap.",
      build: ({ rows }) => {
        const { tasks, ratios, methods } = digitGrid(rows);
        const metrics = ["steps", "trainLoss", "testLoss", "testAccuracy", ...extra.map(([metric]) => metric)];
        return {
          columns: ["task", "SNR", "method", "steps", "training loss", "test loss", "test accuracy", ...extra.map(([, label]) => label)],
          rows: tasks.flatMap((task) =>
            ratios.flatMap((signalToNoise) =>
              methods.map((method) => [
                taskTitle(task),
                signalToNoise,
                methodLabel(method),
                ...metrics.map((metric) => showNumber(digitMean(rows, { task, signalToNoise }, method, metric))),
              ]),
            ),
          ),
        };
      },
    },
  ];
}
