// tsv.*: methods that Supervisor lacks. Upgrades of the daemon in place.

import { err, ok } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { UpgradePlan } from "../../upgrade/api.ts";
import { type Method, method, type Outcome } from "../method.ts";
import { flag, optionalText } from "../params.ts";

const NOT_HERE = err(fault("FAILED", "this daemon cannot be upgraded in place"));
/** Answered instead of an id when nothing is done. */
const NOTHING_BEGUN = 0;

/** The methods of this area. */
export const UPGRADE_METHODS: readonly Method[] = [
  method({
    name: "checkUpgrade",
    params: [optionalText("path")],
    returns: "struct",
    permission: "shutdown",
    help:
      "Checks whether the daemon could be upgraded to the executable at path, or to the one now at the path that the " +
      "daemon was started from. Returns a struct of from and to (versions of tsv), path, and same (a boolean: it is the file " +
      "that already runs). Clients over TCP, and of users other than root and the daemon's, may name that path, the " +
      "package's executable, and those in upgrade_paths= of [supervisord]. Fault: FAILED with the reason.",
    async run({ upgrade }, [path], { principal }): Promise<Outcome> {
      if (upgrade === undefined) return NOT_HERE;
      const plan = await upgrade.check({ path, caller: principal.peer });
      return plan.ok ? ok(planStruct(plan.value)) : err(fault("FAILED", plan.error));
    },
  }),
  method({
    name: "upgrade",
    params: [optionalText("path"), flag("unless_same", false)],
    returns: "struct",
    permission: "shutdown",
    help:
      "Upgrades the daemon to another executable while its programs keep running. Returns the struct of checkUpgrade, and id: " +
      "the successor answers later connections, and its getUpgrade returns the result. With " +
      "unless_same, nothing is done if that executable already runs; then the id is 0. Fault: FAILED with the reason.",
    async run({ upgrade }, [path, unlessSame], { principal }): Promise<Outcome> {
      if (upgrade === undefined) return NOT_HERE;
      const begun = await upgrade.begin({ path, caller: principal.peer }, unlessSame);
      if (!begun.ok) return err(fault("FAILED", begun.error));
      return ok({ ...planStruct(begun.value), id: begun.value.id ?? NOTHING_BEGUN });
    },
  }),
  method({
    name: "getUpgrade",
    params: [],
    returns: "struct",
    permission: "read",
    help:
      "The result of the last upgrade of this daemon: a struct of state (none, under way, replaced, failed), and, " +
      "if known, id, from, to and reason.",
    always: true,
    run: ({ upgrade }) => (upgrade === undefined ? NOT_HERE : ok({ ...upgrade.outcome() })),
  }),
];

function planStruct({ from, to, path, isSame }: UpgradePlan) {
  return { from, to, path, same: isSame };
}
