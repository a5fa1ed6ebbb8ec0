// A reporter of Node's test runner: a line of JSON for each test file that ended, and one of how much ran in all of them.
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

/** @param {object} value */
function line(value) {
  return `${JSON.stringify(value)}\n`;
}
