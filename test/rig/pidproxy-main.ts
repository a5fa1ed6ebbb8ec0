// Runs pidproxy as a separate program.

import { runPidproxy } from "../../src/pidproxy/main.ts";

void runPidproxy(process.argv.slice(2), "pidproxy").then((status) => process.exit(status));
