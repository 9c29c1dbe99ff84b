export {
  type AttentionData,
  type AttentionMarginBatch,
  type AttentionMarginBatchOptions,
  type AttentionMarginData,
  type AttentionMarginOptions,
  type AttentionMarginSizes,
  attentionMarginBatch,
  attentionMarginData,
} from "./attention-data.ts";
export { type BatchOptions, batchIndices, type RowArray, takeRows } from "./batches.ts";
export { type BorderNoiseOptions, borderNoiseImages } from "./border-noise.ts";
export { type CifarVariant, parseCifar } from "./cifar.ts";
export { type IdxArray, type IdxData, parseIdx } from "./idx.ts";
export { parseIdxImages } from "./idx-images.ts";
export { type ImdbPath, parseImdbPath } from "./imdb-path.ts";
export {
  type InContextPrompts,
  type InContextRegressionOptions,
  type InContextTask,
  type InContextTaskOptions,
  inContextRegression,
  inContextTask,
} from "./in-context-regression.ts";
export { jointTrainingData } from "./joint-training-data.ts";
export { type LabeledImages, type NormalizeOptions, normalizeImages } from "./labeled-images.ts";
export { type LabeledTexts, takeTexts } from "./labeled-texts.ts";
export type { EncodedTexts, LabeledTokens } from "./labeled-tokens.ts";
export { htmlToText } from "./mail/html-to-text.ts";
export { type Mail, parseMail } from "./mail/parse-mail.ts";
export {
  type DelayRule,
  type MixedSequences,
  type ModularDelayMixtureOptions,
  type ModularDelayOptions,
  modularDelayMixture,
  modularDelaySequences,
  type TokenSequences,
} from "./modular-delay.ts";
export { type DelayCycles, type ModularDelayCyclesOptions, modularDelayCycles } from "./modular-delay-cycles.ts";
export { type PlantedTokenOptions, type PlantedTokens, type PlantedTokenTexts, plantedTokenTexts } from "./planted-token-texts.ts";
export { type SignalNoiseData, type SignalNoiseOptions, signalNoiseData } from "./signal-noise-data.ts";
export { type SplitIndices, type StratifiedSplitOptions, stratifiedSplit } from "./stratified-split.ts";
export { encodeTextTask, type TextTask, type TextTaskOptions } from "./text-task.ts";
export { EMAIL_TOKEN, NUMBER_TOKEN, tokenize, URL_TOKEN } from "./tokenize.ts";
export {
  buildVocabulary,
  CLS_ID,
  encodeTokens,
  PAD_ID,
  UNK_ID,
  type Vocabulary,
  type VocabularyOptions,
} from "./vocabulary.ts";
