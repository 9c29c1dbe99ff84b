import type { LabeledImages } from "../labeled-images.ts";

/** The two parts of an image data set. */
export interface ImageSets {
  readonly train: LabeledImages;
  readonly test: LabeledImages;
}
