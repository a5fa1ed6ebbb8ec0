// A reporter of Node's test runner: a line of JSON for each test file that ended, one for each test that failed with its reason,
// and one of how much ran in all of them.
// A file is a process of its own, or a suite in a group (group.mjs).

/** @param {import("node:stream").Readable} events what Node's test runner tells */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter by that name.
export default async function* filesReporter(events) {
  const sums = { tests: 0, skipped: 0 };
  let testsOfSuite = 0;
  for await (const { type, data } of events) {
    if (data?.name === undefined) continue;
    const isFile = data.nesting === 0 && data.name.endsWith(".test.js");
    const isSuite = data.details?.type === "suite";
    if (isFile && type === "test:complete") {
      yield line({ path: data.name, ms: data.details.duration_ms });
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { error } = data.details;
    // Suites and tests that fail only because a test in them failed say nothing new.
    if (type === "test:fail" && error?.failureType !== "subtestsFailed") {
      yield line({ path: data.file ?? data.name, test: data.name, reason: reasonOf(error) });
    }
    if (isFile) {
      // A process is told of by itself only if there was no test in it.
      const isEmpty = !isSuite || testsOfSuite === 0;
      if (type === "test:fail") yield line({ path: data.name, failed: true });
      else if (isEmpty) yield line({ path: data.name, empty: true });
      testsOfSuite = 0;
    } else if (!isSuite) {
      testsOfSuite += 1;
      sums.tests += 1;
      if (data.skip !== undefined) sums.skipped += 1;
    }
  }
  yield line(sums);
}

/**
 * @param {(Error & { cause?: unknown }) | undefined} error how the runner wraps what the test threw
 * @returns its message, and the line of the test that it came from
 */
function reasonOf(error) {
  const thrown = error?.cause instanceof Error ? error.cause : error;
  const at = thrown?.stack?.split("\n").find((each) => /^ +at .*\/test\//.test(each));
  const message = thrown?.message ?? String(error?.cause ?? "no reason");
  return at === undefined ? message : `${message}\n${at.trim()}`;
}

/** @param {object} value */
function line(value) {
  return `${JSON.stringify(value)}\n`;
}
