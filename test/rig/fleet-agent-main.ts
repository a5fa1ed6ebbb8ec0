// Runs the agent of a fleet as a separate program: `node fleet-agent-main.js arguments…`.

import { runAgent } from "../../src/fleet/agent/main.ts";

void runAgent(process.argv.slice(2)).then((status) => process.exit(status));
