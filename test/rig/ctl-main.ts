// Runs ctl as a program of its own: `node ctl-main.js [ctl|verb NAME] arguments…`.

import { basename } from "node:path";
import { runSupervisorctl, runVerb } from "../../src/ctl/main.ts";

const [how = "", ...rest] = process.argv.slice(2);
const [verb = "", ...argv] = rest;
const running =
  how === "verb" ? runVerb(verb, argv) : runSupervisorctl(rest, basename("supervisorctl"));
running.then((status) => process.exit(status));
