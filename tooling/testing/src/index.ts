export { checkDirectionalGradient, checkGradient, numericalGradient } from "./check-gradient.ts";
export { type CloseOptions, expectClose } from "./expect-close.ts";
export { type GoldenHead, loadGolden } from "./golden.ts";
export { surprise } from "./goodness-of-fit.ts";
export { PRIMES, spread } from "./sizes.ts";
export { TOLERANCE, type TolerancePrecision, type TolerancePurpose } from "./tolerance.ts";
