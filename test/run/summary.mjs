// What the last lines of a run say.

const SHOWN_FILES = 10;
/** Of a failed test: who sees only the end of a long run needs the reasons. */
const SHOWN_TESTS = 10;
/** Of the reason of a failed test, which may contain logs: its beginning says what, its end where. */
const SHOWN_LINES = { first: 4, last: 20 };

/** @typedef {{ path: string, ms?: number, empty?: boolean, failed?: boolean, test?: string, reason?: string, tests?: number, skipped?: number }} Report */
/** @typedef {{ path: string, status: number, cpuMs: number }} End */

/**
 * What files-reporter.mjs and file-end.mjs wrote, and how long it took.
 * @param {{ folders: string[], files: string[], reports: Report[], ends: End[], wallMs: number, cpuMs: number }} run
 * @returns the lines, and whether each file tested something
 */
export function summary({ folders, files, reports, ends, wallMs, cpuMs }) {
  const { tests = 0, skipped = 0 } = reports.find((report) => report.tests !== undefined) ?? {};
  const empty = reports.filter((report) => report.empty).map(({ path }) => name(path));
  // Of a group its suites say which failed, of a process its end.
  const failed = new Set([
    ...reports.filter((report) => report.failed).map(({ path }) => name(path)),
    ...ends.filter(({ status }) => status !== 0).map(({ path }) => name(path)),
  ]);
  for (const file of failed) if (file.startsWith("test/groups/")) failed.delete(file);
  const ran = reports.flatMap(({ path, ms }) => (ms === undefined ? [] : [{ path, ms }]));
  const cpuOf = new Map(ends.map((end) => [name(end.path), end.cpuMs]));
  const slowest = ran.sort((a, b) => b.ms - a.ms).slice(0, SHOWN_FILES);
  // What a file of a group took of the processor is not known apart.
  const rows = slowest.map(({ path, ms }) => {
    const cpu = cpuOf.get(name(path));
    return `#  ${seconds(ms)} ${cpu === undefined ? "-".padStart(9) : seconds(cpu)}  ${name(path)}`;
  });
  const lines = [
    "# slowest files, by the clock and of the processor:",
    ...rows,
    ...[...failed].map((file) => `# failed: ${file}`),
    ...empty.map((file) => `# has no tests: ${file}`),
    ...(ran.length < files.length ? [`# ran only ${ran.length} of ${files.length} files`] : []),
    `# test/${folders.join(", test/")}: ${files.length} files, ${tests} tests, ${skipped} skipped, ` +
      `${minutes(wallMs)}, ${minutes(cpuMs)} of processors`,
  ];
  const failures = reports.filter((report) => report.reason !== undefined);
  for (const failure of failures.slice(0, SHOWN_TESTS)) lines.push(...failureLines(failure));
  if (failures.length > SHOWN_TESTS) {
    lines.push(`# failed: ${failures.length - SHOWN_TESTS} more tests`);
  }
  const ok = empty.length === 0 && ran.length >= files.length && tests > 0;
  return { text: `${lines.join("\n")}\n`, ok };
}

/** @param {Report} failure */
function failureLines({ path, test = "", reason = "" }) {
  const { first, last } = SHOWN_LINES;
  const lines = reason.split("\n").map((each) => `#   ${each}`);
  if (lines.length > first + last + 1) {
    const hidden = lines.length - first - last;
    lines.splice(first, hidden, `#   (${hidden} more lines)`);
  }
  const place = path.includes("/groups/") || test === path ? "" : ` in ${name(path)}`;
  return [`# failed: ${test === path ? name(test) : test}${place}`, ...lines];
}

/**
 * The source of a compiled test.
 * @param {string} path
 */
function name(path) {
  return path.replace(/^.*build\/js\//, "").replace(/\.js$/, ".ts");
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`.padStart(9);
}

/** @param {number} ms */
function minutes(ms) {
  const all = Math.round(ms / 1000);
  return `${Math.floor(all / 60)} min ${all % 60} s`;
}
