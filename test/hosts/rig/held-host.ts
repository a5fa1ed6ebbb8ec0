// A separate program that boots a host and holds it until it is ended: the end of a run is tested from outside.

import { makeHost } from "./host.ts";
import { currentRun } from "./runs.ts";

const host = await makeHost("s6");
await host.boot();
process.stdout.write(`${currentRun().name}\n`);
process.stdin.resume();
