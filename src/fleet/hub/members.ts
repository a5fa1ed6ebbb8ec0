// `tsv fleet members`: lists the members of a fleet, on the hub.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { Member } from "../../core/fleet/members.ts";
import { columnLines, FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { hubFailure, lastEntry } from "../nats/buckets.ts";
import { connect } from "../nats/connection.ts";
import { denied, hubOf } from "./change.ts";
import { type Hub, membersOf, ownMembership } from "./store.ts";
import { utcMinute } from "./utc-text.ts";
import { type Call, DIR_OPTION, type HubVerb } from "./verb.ts";

export const members: HubVerb = {
  usage: "tsv fleet members [options]",
  summary: "list devices, operators and invitations",
  about: [
    "List devices, operators and invitations, on the hub. Times are UTC. A device reports when something has changed: one that has not reported for long may be connected.",
  ],
  options: [DIR_OPTION],
  examples: [["tsv fleet members", "all of them"]],
  run: runMembers,
};

/** Requests at the same time. */
const AT_ONCE = 32;

/** When devices have reported last, in milliseconds since 1970; null for never. */
type Reports = ReadonlyMap<string, number | null>;

async function runMembers(call: Call): Promise<number> {
  const [word] = call.given.words;
  if (word !== undefined)
    return call.misused(`fleet members takes no names, and was given '${word}'`);
  const hub = hubOf(call);
  if (!hub.ok) return hub.error;
  const found = membersOf(hub.value.directory);
  if (!found.ok) return denied(call, found.error, []);
  const reports = await reportsOf(hub.value, found.value);
  if (!reports.ok) call.warn(`when devices have reported is not known: ${reports.error}`);
  const known: Reports = reports.ok ? reports.value : new Map();
  const now = Date.now();
  const rows = found.value.map((member) => {
    return [member.name, member.kind, detailOf(member, known, now)];
  });
  call.terminal.write(
    columnLines(rows)
      .map((line) => `${line}\n`)
      .join(""),
  );
  for (const member of found.value) call.result(resultOf(member, known));
  return FLEET_EXIT.OK;
}

function detailOf(member: Member, reports: Reports, now: number): string {
  switch (member.kind) {
    case "hub":
      return "";
    case "device":
      return `joined ${utcMinute(member.since)}${reportText(reports.get(member.name))}`;
    case "operator":
      return `${member.role}, since ${utcMinute(member.since)}`;
    case "invitation":
      return `${member.until <= now ? "expired" : "expires"} ${utcMinute(member.until)}`;
  }
}

/** @param at undefined if it is not known */
function reportText(at: number | null | undefined): string {
  if (at === undefined) return "";
  return at === null ? ", never reported" : `, reported ${utcMinute(at)}`;
}

function resultOf(member: Member, reports: Reports) {
  const timeOf = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  const reported = reports.get(member.name);
  return {
    ...{ name: member.name, kind: member.kind, role: "role" in member ? member.role : null },
    since: timeOf("since" in member ? member.since : null),
    until: timeOf("until" in member ? member.until : null),
    ...(reported === undefined ? {} : { reported: timeOf(reported) }),
  };
}

/** Asks nats-server. The error is a clause. */
async function reportsOf(hub: Hub, all: readonly Member[]): Promise<Result<Reports, string>> {
  const devices = all.flatMap((member) => (member.kind === "device" ? [member] : []));
  if (devices.length === 0) return ok(new Map());
  const made = await connect(ownMembership(hub, "key"));
  if (!made.ok) return err(made.error.text);
  const session = made.value;
  const reports = new Map<string, number | null>();
  let failure: string | null = null;
  let isMissing = false;
  const queue = devices.values();
  const work = async (): Promise<void> => {
    for (const { name, since } of queue) {
      const entry = await lastEntry(session, "reported", name);
      if (!entry.ok && entry.error === "no-responders") {
        isMissing = true;
        continue;
      }
      if (!entry.ok) failure = hubFailure(entry.error);
      if (failure !== null) return;
      const at = entry.ok && entry.value !== null ? Date.parse(entry.value.at) : Number.NaN;
      // One that had the name before may have reported, too.
      reports.set(name, at >= since ? at : null);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await session.close();
  // The headers of a report are the device's, which may claim that there is no stream: it is missing only if it is so for all.
  if (isMissing && reports.size === 0) failure ??= hubFailure("no-responders");
  return failure === null ? ok(reports) : err(failure);
}
