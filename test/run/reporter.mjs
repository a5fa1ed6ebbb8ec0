// A reporter of Node's test runner, inside a process of test files: a line of JSON for each test with how it ended, and a last
// line that says that all of them were reported.

/** Node loads the tests of a group (group.mjs) as suites that bear the path of their file. */
const FILE = /\.test\.js$/;

/** @param {AsyncIterable<{ type: string, data: any }>} events */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter by that name.
export default async function* reporter(events) {
  /** @type {string[]} the names of the current test and of those it is in */
  const names = [];
  for await (const { type, data } of events) {
    if (type === "test:start") names.splice(data.nesting, names.length, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { error, type: kind, duration_ms: ms } = data.details;
    const path = [...names.slice(0, data.nesting), data.name];
    const file = FILE.test(path[0] ?? "") ? path.shift() : undefined;
    const test = path.join(" > ");
    // Suites and tests that fail only because a test in them failed say nothing new.
    const isNews = type === "test:fail" && error?.failureType !== "subtestsFailed";
    if (isNews && data.todo === undefined) yield line({ file, test, ms, reason: reasonOf(error) });
    else if (kind !== "suite") yield line({ file, test, ms, skip: data.skip });
    else if (test === "") yield line({ file, ms });
  }
  yield line({ end: true });
}

/**
 * @param {(Error & { cause?: unknown }) | undefined} error how Node wraps what the test threw
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
