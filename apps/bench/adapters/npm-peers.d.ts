// npm packages without types; only what the comparisons use.

declare module "ml-svm" {
  interface Options {
    readonly C?: number;
    readonly kernel?: string;
    readonly whitening?: boolean;
    readonly random?: () => number;
  }
  class MlSvm {
    constructor(options: Options);
    train(features: readonly (readonly number[])[], labels: readonly number[]): void;
    /** Value of the function at each row. */
    margin(features: readonly (readonly number[])[]): number[];
  }
  export = MlSvm;
}

declare module "libsvm-js" {
  interface Options {
    readonly type: string;
    readonly kernel: string;
    readonly cost: number;
    readonly gamma: number;
    readonly tolerance: number;
    /** In MiB. */
    readonly cacheSize: number;
    readonly quiet: boolean;
  }
  interface Classifier {
    train(samples: readonly (readonly number[])[], labels: readonly number[]): void;
    predict(samples: readonly (readonly number[])[]): number[];
    serializeModel(): string;
    free(): void;
  }
  const loaded: Promise<new (options: Options) => Classifier>;
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS and exports a promise, which ECMAScript modules see as its default.
  export default loaded;
}
