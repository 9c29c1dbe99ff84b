// What an instrumented example may call; worker.ts defines it.
declare const __doctest: {
  value(line: number, expected: string, value: unknown): void;
  thrown(line: number, expected: string, run: () => unknown): Promise<void>;
  stray(line: number, expected: string): void;
};
