// tsv.*: what Supervisor has no word for. The replacement of the daemon by another executable.

import { err, ok } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { UpgradePlan } from "../../upgrade/api.ts";
import { type Method, method, type Outcome } from "../method.ts";
import { flag, optionalText } from "../params.ts";

const NOT_HERE = err(fault("FAILED", "this daemon cannot be replaced in place"));
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
      "Tells whether the daemon could be replaced by the executable at path, or by what is now at the place that the " +
      "daemon was started from: a struct of from and to (versions of tsv), path, and same (a boolean: it is the file " +
      "that runs already). Clients over TCP and of other users than root and the daemon's own may name that place, the " +
      "package's executable, and what upgrade_paths= in [supervisord] lists. Fault: FAILED with the reason.",
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
      "Replaces the daemon by another executable while its programs run on. Answers as checkUpgrade does, and id: " +
      "connections that are opened afterwards are answered by the successor, whose getUpgrade tells how it went. With " +
      "unless_same nothing is done when that executable runs already; the id is 0 then. Fault: FAILED with the reason.",
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
      "Tells how the last replacement of this daemon went: a struct of state (none, under way, replaced, failed), and " +
      "where they are known id, from, to and reason.",
    always: true,
    run: ({ upgrade }) => (upgrade === undefined ? NOT_HERE : ok({ ...upgrade.outcome() })),
  }),
];

function planStruct({ from, to, path, isSame }: UpgradePlan) {
  return { from, to, path, same: isSame };
}
