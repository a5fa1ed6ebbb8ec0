// Loaded before each test file: one that fails is written down, a line each, where TSV_FAILED_FILES says.

import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const { TSV_FAILED_FILES: list, NODE_TEST_CONTEXT: isTestFile } = process.env;
// No test sees it, and no program that it starts.
delete process.env["TSV_FAILED_FILES"];
if (list !== undefined && isTestFile !== undefined && isMainThread) {
  process.on("exit", (status) => {
    if (status !== 0) appendFileSync(list, `${process.argv[1]}\n`);
  });
}
