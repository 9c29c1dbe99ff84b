export { DATASET_SOURCES, type DatasetName, type DatasetSource, type FetchOptions, fetchDataset } from "./fetch-dataset.ts";
export type { ImageSets } from "./image-sets.ts";
export { loadCifar10, loadCifar100 } from "./load-cifar.ts";
export { type ImdbSets, type ImdbTexts, loadImdb } from "./load-imdb.ts";
export { loadMnist, type MnistOptions } from "./load-mnist.ts";
export { loadMobyDick, type MobyDickOptions } from "./load-moby-dick.ts";
export { loadSpamAssassin, type SpamAssassinOptions, type SpamAssassinTexts } from "./load-spam-assassin.ts";
