// `tsv fleet leave`: on a device, the reverse of `join`.

import { AGENT_PROGRAM } from "../../core/fleet/hub-files.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { namesIn, removeEmpty, removePath } from "../host/files.ts";
import { denied } from "./change.ts";
import { applyPrograms, findDaemon, removeProgram } from "./daemon.ts";
import { AUTHORITY, DEVICE_FILE, DEVICE_SECTIONS, PLACE_OPTION, placeOf } from "./device-files.ts";
import type { Call, HubVerb } from "./verb.ts";

export const leave: HubVerb = {
  usage: "tsv fleet leave [options]",
  summary: "let this host leave its fleet",
  about: [
    "End what tsv fleet join made on this host: the agent, its key and its section. The hub knows the device until it is revoked there.",
  ],
  options: [PLACE_OPTION],
  examples: [["tsv fleet leave", "this host is no device any more"]],
  run: runLeave,
};

async function runLeave(call: Call): Promise<number> {
  const [word] = call.given.words;
  if (word !== undefined)
    return call.misused(`fleet leave takes no words, and was given '${word}'`);
  const daemon = await findDaemon(call.words, call.given.ctlArguments, call.terminal);
  if (!daemon.ok) return call.fail(daemon.error);
  const section = daemon.value.place.raw.sections.get(`program:${AGENT_PROGRAM}`);
  const directory = placeOf(call);
  const names = namesIn(directory);
  if (!names.ok) return denied(call, names.error, []);
  const own = names.value.filter((name) => DEVICE_FILE.test(name));
  // A hub has an authority, too.
  const isDevice = own.some((name) => name !== AUTHORITY);
  if (section === undefined && !isDevice) {
    return call.failed(`this host is no device of a fleet: no key is in ${directory}`);
  }
  const removed = removeProgram(AGENT_PROGRAM, DEVICE_SECTIONS, daemon.value.place);
  if (!removed.ok) return denied(call, removed.error, []);
  for (const line of removed.value) call.terminal.write(`${line}\n`);
  if (section !== undefined && removed.value.length === 0) {
    const message = `tsv fleet join has not written [${section.name}] in ${section.file}`;
    return call.failed(message, [["Remove it there, then run this again", null]]);
  }
  // Also if the file is removed already: the daemon may not have applied that.
  const applied = await applyPrograms(daemon.value, [AGENT_PROGRAM], true);
  if (!applied.ok) return call.fail(applied.error);
  if (isDevice) {
    for (const name of own) {
      const gone = removePath(`${directory}/${name}`);
      if (!gone.ok) return denied(call, gone.error, []);
    }
    const isGone = own.length === names.value.length && removeEmpty(directory);
    call.terminal.write(`${directory}: ${isGone ? "removed" : "the key was removed"}\n`);
  } else call.say(`No key is in ${directory}: remove it where --dir of join was.`);
  call.say("The hub knows the device until it is revoked there: tsv fleet revoke NAME");
  return FLEET_EXIT.OK;
}
