// `tsv fleet members`: lists the members of a fleet, on the hub.

import type { Member } from "../../core/fleet/members.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { denied, hubOf } from "./change.ts";
import { membersOf } from "./store.ts";
import { type Call, DIR_OPTION, type HubVerb } from "./verb.ts";

export const members: HubVerb = {
  usage: "tsv fleet members [options]",
  summary: "list devices, operators and invitations",
  about: ["List devices, operators and invitations, on the hub. Times are UTC."],
  options: [DIR_OPTION],
  examples: [["tsv fleet members", "all of them"]],
  run: runMembers,
};

async function runMembers(call: Call): Promise<number> {
  const [word] = call.given.words;
  if (word !== undefined)
    return call.misused(`fleet members takes no names, and was given '${word}'`);
  const hub = hubOf(call);
  if (!hub.ok) return hub.error;
  const found = membersOf(hub.value.directory);
  if (!found.ok) return denied(call, found.error, []);
  const now = Date.now();
  const rows = found.value.map(
    (member) => [member.name, member.kind, detailOf(member, now)] as const,
  );
  const widths = [0, 1].map((at) => Math.max(0, ...rows.map((row) => row[at as 0 | 1].length)));
  const lines = rows.map(([name, kind, detail]) =>
    `${name.padEnd(widths[0] ?? 0)}  ${kind.padEnd(widths[1] ?? 0)}  ${detail}`.trimEnd(),
  );
  call.terminal.write(lines.map((line) => `${line}\n`).join(""));
  return FLEET_EXIT.OK;
}

function detailOf(member: Member, now: number): string {
  switch (member.kind) {
    case "hub":
      return "";
    case "device":
      return `joined ${timeText(member.since)}`;
    case "operator":
      return `${member.role}, since ${timeText(member.since)}`;
    case "invitation":
      return `${member.until <= now ? "expired" : "expires"} ${timeText(member.until)}`;
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
