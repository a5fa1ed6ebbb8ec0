// `tsv fleet revoke`: ends the membership of devices, operators and invitations.

import { err, ok } from "../../core/base/result.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { removePath } from "../host/files.ts";
import { changeOnHub } from "./change.ts";
import { operatorDirectory } from "./operator.ts";
import { type Call, DIR_OPTION, type HubVerb } from "./verb.ts";

export const revoke: HubVerb = {
  usage: "tsv fleet revoke [options] <name...>",
  summary: "end memberships",
  about: [
    "End the membership of devices, operators and invitations, on the hub. Their keys are not accepted any more, wherever copies of them are, and their connections end at once. A name may be invited again.",
  ],
  options: [DIR_OPTION],
  examples: [["tsv fleet revoke pi-7", "a device that was lost"]],
  run: runRevoke,
};

async function runRevoke(call: Call): Promise<number> {
  const names = [...new Set(call.given.words)];
  if (names.length === 0) return call.misused("fleet revoke requires names");
  const changed = await changeOnHub(call, ({ directory }, members) => {
    const found = members.filter(({ name }) => names.includes(name));
    const unknown = names.find((name) => !found.some((member) => member.name === name));
    // Perhaps a command has revoked them, and could not write the users, or let nats-server read them: another list does both again.
    if (found.length === 0) return ok({ members: [...members], result: [] });
    if (unknown !== undefined) return err(`there is no member ${unknown}`);
    const self = found.find(({ kind }) => kind === "hub");
    if (self !== undefined) return err(`${self.name} is the hub itself`);
    for (const { name, kind } of members) {
      if (kind !== "operator" || !names.includes(name)) continue;
      const removed = removePath(operatorDirectory(directory, name));
      if (!removed.ok) return removed;
    }
    const rest = members.filter(({ name }) => !names.includes(name));
    return ok({ members: rest, result: found });
  });
  if (!changed.ok) return changed.error;
  if (changed.value.length === 0) {
    return call.failed(
      `there is no member ${names[0]}; nats-server has read the list, which lacks it`,
    );
  }
  for (const { name, kind } of changed.value) {
    call.terminal.write(`${name}: revoked\n`);
    call.result({ name, kind });
  }
  return FLEET_EXIT.OK;
}
