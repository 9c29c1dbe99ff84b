import { type Claim, judged, notRun, showNumber } from "../../src/experiment/index.ts";
import { digitGrid, digitMean } from "./digit-figures.ts";

const MODEL = "two-layer transformer";
const taskName = (task: string): string => (task === "ten" ? "ten classes" : "3/5");

/** That gradient descent is ahead where the noise is moderate, for one range of ratios. */
export function gdAheadClaim(about: {
  readonly model: string;
  readonly ratios: readonly number[];
  readonly margin: number;
  /** What to know when it fails. */
  readonly note: string;
}): Claim {
  const { model, ratios, margin, note } = about;
  return {
    id: "gd-ahead",
    statement: `On noisy digits the ${model} trained by gradient descent generalises better than by sign descent or Adam, at equal training loss and moderate noise.`,
    where: "abstract: sign-type methods need higher data quality; Figure 2 (d) shows noisy MNIST",
    provenance: "paper",
    expected: "gradient descent ahead",
    measure: `Test accuracy, mean over seeds, at signal-to-noise ratios ${ratios.join(", ")}; every task run.`,
    rule: `gradient descent's accuracy is at least ${margin} above both others at each of these ratios`,
    judge: ({ rows }) => {
      const { tasks, ratios: present } = digitGrid(rows);
      const places = tasks.flatMap((task) =>
        ratios.filter((one) => present.includes(one)).map((signalToNoise) => ({ task, signalToNoise })),
      );
      const found = places.map((place) => ({
        place,
        accuracy: ["gd", "sign", "adam"].map((method) => digitMean(rows, place, method, "testAccuracy")) as [number, number, number],
      }));
      if (found.length === 0 || found.some(({ accuracy }) => accuracy.some(Number.isNaN)))
        return notRun("needs gd, sign and adam at these ratios");
      const holds = found.every(({ accuracy: [gd, sign, adam] }) => gd >= sign + margin && gd >= adam + margin);
      const text = found.map(
        ({ place, accuracy }) => `${taskName(place.task)}, SNR ${place.signalToNoise}: ${accuracy.map((a) => showNumber(a)).join(", ")}`,
      );
      return judged(holds, `GD, SignGD, Adam: ${text.join("; ")}`, holds ? undefined : note);
    },
  };
}

/** Claims of noisy MNIST with the two-layer transformer. */
export const DIGIT_CLAIMS: readonly Claim[] = [
  gdAheadClaim({
    model: MODEL,
    ratios: [1, 2, 5],
    margin: 0.01,
    note:
      "In our full run 3 against 5 at ratio 1 decides it: there no method generalises (63% of the test images right, within a point of each other), and only the test " +
      "loss of gradient descent is lower. At ratios 2 and 5, and for ten classes, it is ahead by 3 to 20 points.",
  }),
  {
    id: "adam-like-sign",
    statement: "Adam generalises on noisy digits like sign descent.",
    where: "abstract: Adam generalises like sign descent",
    provenance: "paper",
    expected: "close",
    measure: "Difference of the test accuracies of Adam and sign descent, mean over seeds, all tasks and ratios run.",
    rule: "mean absolute difference ≤ 0.03",
    judge: ({ rows }) => {
      const { tasks, ratios } = digitGrid(rows);
      const gaps = tasks.flatMap((task) =>
        ratios.map((signalToNoise) =>
          Math.abs(
            digitMean(rows, { task, signalToNoise }, "adam", "testAccuracy") -
              digitMean(rows, { task, signalToNoise }, "sign", "testAccuracy"),
          ),
        ),
      );
      if (gaps.length === 0 || gaps.some(Number.isNaN)) return notRun("needs sign and adam");
      const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
      return judged(mean <= 0.03, `${showNumber(mean)}, at most ${showNumber(Math.max(...gaps))}`);
    },
  },
  {
    id: "not-monotone",
    statement: "The test loss of sign descent is not monotone in the data quality: less noise can first make it worse.",
    where: "Figure 2 (d), as a reviewer read it: test loss at SNR 1.0 above that at 0.5",
    provenance: "paper",
    expected: "a ratio whose test loss is above that of a smaller ratio",
    measure: "Test loss of sign descent at equal training loss, 3 against 5, mean over seeds.",
    rule: "the test loss at ratio 1 is above that at 0.5",
    judge: ({ rows }) => {
      const { ratios } = digitGrid(rows);
      const at = (signalToNoise: number): number => digitMean(rows, { task: "3-5", signalToNoise }, "sign", "testLoss");
      if (Number.isNaN(at(0.5)) || Number.isNaN(at(1))) return notRun("needs the task 3-5 at ratios 0.5 and 1; scale full has them");
      const text = ratios.map((ratio) => `SNR ${ratio}: ${showNumber(at(ratio))}`).join(", ");
      return judged(at(1) > at(0.5), text);
    },
  },
];
