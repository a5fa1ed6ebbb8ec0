// Loaded before each test file. When that ends, a line of JSON says so in the file that TSV_FILE_ENDS names.

import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { cpuMs } from "./cpu.mjs";

const { TSV_FILE_ENDS: list, NODE_TEST_CONTEXT: isTestFile } = process.env;
// No test sees it, and no program that it starts.
delete process.env["TSV_FILE_ENDS"];
if (list !== undefined && isTestFile !== undefined && isMainThread) {
  process.on("exit", (status) => {
    const end = { path: process.argv[1], status, cpuMs: cpuMs() };
    appendFileSync(list, `${JSON.stringify(end)}\n`);
  });
}
