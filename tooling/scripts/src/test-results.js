import { stripVTControlCharacters } from "node:util";

/**
 * @typedef {object} Failure
 * @property {string} name - what failed, as a person would look for it
 * @property {string} reason
 */

/**
 * @typedef {object} Results
 * @property {number} passed
 * @property {number} skipped
 * @property {Failure[]} failures
 */

/**
 * Reads what vitest's JSON reporter wrote.
 *
 * @param {string} json
 * @param {string} folder - absolute folder of the package, taken off the names of its files
 * @returns {Results}
 */
export function readVitestResults(json, folder) {
  const report = JSON.parse(json);
  /** @type {Failure[]} */
  const failures = [];
  for (const file of report.testResults) {
    const path = file.name.startsWith(folder) ? file.name.slice(folder.length + 1) : file.name;
    const failed = file.assertionResults.filter((/** @type {{ status: string }} */ { status }) => status === "failed");
    for (const { fullName, failureMessages } of failed) {
      failures.push({ name: `${path} > ${fullName}`, reason: stripVTControlCharacters(failureMessages.join("\n")) });
    }
    // A file that cannot be imported has no tests to fail.
    if (failed.length === 0 && file.status === "failed") {
      failures.push({ name: path, reason: stripVTControlCharacters(file.message || "the file failed outside of its tests") });
    }
  }
  return { passed: report.numPassedTests, skipped: report.numPendingTests + report.numTodoTests, failures };
}

/** Adds up what every step found, and says it at the end. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** @type {Failure[]} */
  #shown = [];

  /**
   * @param {string} owner - put before the name of each failure
   * @param {Results} results
   */
  add(owner, { passed, skipped, failures }) {
    this.passed += passed;
    this.failed += failures.length;
    this.skipped += skipped;
    const title = (/** @type {string} */ name) => (owner === "" ? name : `${owner}: ${name}`);
    for (const { name, reason } of failures.slice(0, MOST_FAILURES)) this.#shown.push({ name: title(name), reason });
    if (failures.length > MOST_FAILURES) {
      this.#shown.push({
        name: title(`${failures.length - MOST_FAILURES} more`),
        reason: failures
          .slice(MOST_FAILURES)
          .map(({ name }) => name)
          .join("\n"),
      });
    }
  }

  /** The failures with their reasons, the skipped tests, and the line of totals, which is the last. */
  toString() {
    const list = this.#shown.map(({ name, reason }, i) => `${i + 1}. ${name}\n${shorten(reason).replace(/^/gm, "     ")}\n`);
    const skipped = this.skipped === 0 ? "" : `${this.skipped} skipped\n`;
    const heading = list.length === 0 ? "" : "\nWhat failed, and why:\n\n";
    return `${heading}${list.join("\n")}\n${skipped}${this.passed} passed, ${this.failed} failed\n`;
  }
}

// One broken package can fail hundreds of tests: the first few say why.
const MOST_FAILURES = 10;
const MOST_LINES = 40;

/** @param {string} reason */
function shorten(reason) {
  // Frames of the test runner say nothing about the code under test.
  const lines = reason
    .trim()
    .split("\n")
    .filter((line) => !/^\s+at .*(?:\/node_modules\/|node:internal)/.test(line));
  return lines.length <= MOST_LINES
    ? lines.join("\n")
    : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more lines`].join("\n");
}
