import { NotFoundError, problem } from "@attnlab/check";
import { storeError } from "../store/store-error.ts";
import { type DataSet, findData } from "./data-set.ts";

const PROGRESS_BYTES = 10_000_000;

/**
 * Downloads a data set into the data folder, checked against its pinned SHA-256.
 *
 * @throws NotFoundError when it has no download or the address cannot be reached, FormatError when the bytes are not the expected ones.
 */
export async function fetchData(
  set: DataSet,
  options: { readonly directory: string; readonly mirror?: string; readonly note: (line: string) => void },
): Promise<void> {
  const { directory, mirror, note } = options;
  if (findData(set, directory).present) {
    note(`${set.name}: already present.`);
    return;
  }
  if (set.download === undefined) {
    const where = `attnlab data fetch ${set.name}`;
    throw new NotFoundError(problem({ where, expected: "the data set must have a pinned download", got: "none", fix: set.instructions }));
  }
  const { fetchDataset } = await import("@attnlab/datasets/node");
  note(`${set.name}: downloading into ${directory}`);
  let next = PROGRESS_BYTES;
  const onProgress = (received: number, total: number): void => {
    if (received < next) return;
    next = received + PROGRESS_BYTES;
    note(`${set.name}: ${Math.round(received / 1e6)} of ${Math.round(total / 1e6)} MB`);
  };
  try {
    await fetchDataset(set.download, { directory, onProgress, ...(mirror === undefined ? {} : { mirror }) });
  } catch (error) {
    throw storeError(directory, error);
  }
}
