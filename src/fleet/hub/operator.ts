// `tsv fleet operator`: makes the key of a person, and a directory with all that this person needs on another computer.

import { USER_ROLES } from "../../core/access/permissions.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { HUB_FILES, operatorFileText } from "../../core/fleet/hub-files.ts";
import { type Member, nameTaken, withMember } from "../../core/fleet/members.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { FLEET_NAME, type FleetRole } from "../../core/fleet/subjects.ts";
import { addSetting } from "../../ctl/verb-arguments.ts";
import { MODE, makeDirectory, readFileText, removePath, writeFile } from "../host/files.ts";
import { newKeyPair } from "../nats/keys.ts";
import { changeOnHub } from "./change.ts";
import type { Hub } from "./store.ts";
import { type Call, DIR_OPTION, type HubVerb } from "./verb.ts";

export const operator: HubVerb = {
  usage: "tsv fleet operator [options] <name>",
  summary: "make the key of a person",
  about: [
    "Make the key of a person, on the hub. It is in a directory with an inventory, which is all that tsv fleet needs on the computer of this person: copy it there and remove it here.",
  ],
  options: [
    [
      "--role <read|operate|admin>",
      "what the person may do: look (default), also start and stop, also change configurations",
      addSetting,
    ],
    DIR_OPTION,
  ],
  examples: [["tsv fleet operator ann --role operate", "a key for ann"]],
  run: runOperator,
};

async function runOperator(call: Call): Promise<number> {
  const [name, ...more] = call.given.words;
  if (name === undefined || more.length > 0) return call.misused("fleet operator takes one name");
  if (!FLEET_NAME.test(name)) {
    return call.misused(`'${name}' is no name: use letters, digits, _ and -, at most 63`);
  }
  const given = call.option("--role") ?? "read";
  const role = USER_ROLES.find((each) => each === given);
  if (role === undefined) return call.misused(`--role takes ${USER_ROLES.join(", ")}`);
  const changed = await changeOnHub(call, ({ directory, settings }, members) => {
    const taken = nameTaken(members, name, "operator");
    if (taken !== null) return err(taken);
    const made = makeOperator({ directory, settings }, name, role);
    return made.ok ? ok({ members: withMember(members, made.value), result: directory }) : made;
  });
  if (!changed.ok) return changed.error;
  const path = operatorDirectory(changed.value, name);
  call.terminal.write(`${name} may ${DUTIES[role]}: ${path}\n`);
  call.result({ name, role, directory: path });
  call.terminal.write(`  Use it: tsv fleet status --inventory ${path}/fleet.conf\n`);
  return FLEET_EXIT.OK;
}

const DUTIES: Readonly<Record<FleetRole, string>> = {
  read: "look",
  operate: "look, start and stop",
  admin: "do everything",
};

export function operatorDirectory(directory: string, name: string): string {
  return `${directory}/${HUB_FILES.operators}/${name}`;
}

/** Makes the key and the directory. @returns the member; the error is a clause */
export function makeOperator(
  { directory, settings }: Hub,
  name: string,
  role: FleetRole,
): Result<Member, string> {
  const own = operatorDirectory(directory, name);
  const { seed, key } = newKeyPair();
  const authority = readFileText(`${directory}/${HUB_FILES.authority}`);
  if (!authority.ok) return authority;
  const ca = settings.hasAuthority ? `%(here)s/${HUB_FILES.authority}` : null;
  const section = { url: settings.url, name, key: `%(here)s/${name}.key`, ca };
  // Left by a command that was ended.
  const removed = removePath(own);
  if (!removed.ok) return removed;
  const made = makeDirectory(own, 0o700);
  if (!made.ok) return made;
  const texts: readonly [string, string, number][] = [
    [`${name}.key`, `${seed}\n`, MODE.SECRET],
    ["fleet.conf", operatorFileText(section, role), MODE.SECRET],
    ...(authority.value === null || ca === null
      ? []
      : ([[HUB_FILES.authority, authority.value, MODE.PUBLIC]] as [string, string, number][])),
  ];
  for (const [file, text, mode] of texts) {
    const written = writeFile(`${own}/${file}`, text, mode);
    if (!written.ok) return written;
  }
  return ok({ kind: "operator", name, key, role, since: Date.now() });
}
