// Loaded before each process of test files. When it exits, the file that TSV_FILE_END names gets the processor time that it and
// its children took, in milliseconds.

import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { cpuMs } from "./cpu.mjs";

const { TSV_FILE_END: path } = process.env;
// No test sees it, and no program that it starts.
delete process.env["TSV_FILE_END"];
if (path !== undefined && isMainThread) {
  process.on("exit", () => writeFileSync(path, String(cpuMs())));
}
