/** Token ids of texts cut or padded to one length. Ids: 0 is `[PAD]`, 1 is `[CLS]`, which stands first in every row. */
export interface EncodedTexts {
  /** Number of texts. */
  readonly count: number;
  /** Tokens per row, `[CLS]` included. */
  readonly length: number;
  /** `[count, length]`. */
  readonly ids: Int32Array;
  /** `[count, length]`: 1 for a token, 0 for padding. */
  readonly mask: Uint8Array;
}

/** {@link EncodedTexts} with a class number per text. */
export interface LabeledTokens extends EncodedTexts {
  /** Class numbers: `[count]`. */
  readonly labels: Int32Array;
}
