// A program of its own that boots a host and holds it until it is ended: how a run ends is tested from outside.

import { makeHost } from "./host.ts";
import { currentRun } from "./runs.ts";

const host = await makeHost("s6");
await host.boot();
process.stdout.write(`${currentRun().name}\n`);
process.stdin.resume();
