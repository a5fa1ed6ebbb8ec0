// Runs ctl as a separate program: `node ctl-main.js [ctl|verb NAME] arguments…`.

import { runSupervisorctl } from "../../src/ctl/main.ts";
import { runVerb } from "../../src/ctl/run-verb.ts";

const [how = "", ...rest] = process.argv.slice(2);
const [verb = "", ...argv] = rest;
const running = how === "verb" ? runVerb(verb, argv) : runSupervisorctl(rest, "supervisorctl");
void running.then((status) => process.exit(status));
