import type { StudyState } from "../verdict/study-state.ts";
export type ReportFormat = "html" | "md";
export async function writeReport(
  _s: readonly StudyState[],
  _o: { directory: string; formats: readonly ReportFormat[] },
): Promise<string[]> {
  return [];
}
