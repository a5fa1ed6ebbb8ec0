// Checks of ready_check and health_check: on sockets, and by commands. Alerts are sent in the same ways.

import type { Checker } from "../../ports/checker.ts";
import { CheckRun } from "./check-run.ts";
import { type CheckPipes, checkTcp, checkUnix, createDial, type Names } from "./connect.ts";
import type { CheckCommands } from "./exec.ts";
import { checkHttp } from "./http.ts";
import { postAlert } from "./post.ts";

/** @param names looks up host names; the resolver of this host by default */
export function createChecker(
  commands: Pick<CheckCommands, "run">,
  pipes: CheckPipes,
  names?: Names,
): Checker {
  const dial = createDial(pipes, names);
  return {
    check(target, timeoutMs, done, claim) {
      const run = new CheckRun(timeoutMs, done, claim);
      switch (target.kind) {
        case "tcp":
          checkTcp(run, dial, target.host, target.port);
          break;
        case "unix":
          checkUnix(run, target.path);
          break;
        case "http":
          checkHttp(run, pipes, dial, target);
          break;
        case "exec":
          commands.run(run, target.command, target.output, target.input);
          break;
        case "post":
          postAlert(run, pipes, dial, target);
          break;
      }
      return () => run.cancel();
    },
  };
}
