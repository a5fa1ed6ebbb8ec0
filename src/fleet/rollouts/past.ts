// `tsv fleet rollout`, `abort`, `history` and `rollback`: what was rolled out, ending it, and returning to what was before.

import { err, ok, type Result } from "../../core/base/result.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { configurationOf, readReport } from "../../core/fleet/reported.ts";
import {
  isOver,
  newRollout,
  type RolloutSpec,
  type RolloutState,
} from "../../core/fleet/rollout.ts";
import {
  DESIRED_HEADERS,
  readRolloutKey,
  readSpec,
  readState,
  rolloutIds,
  rolloutKey,
  rolloutOf,
} from "../../core/fleet/rollout-text.ts";
import { addSetting } from "../../ctl/verb-arguments.ts";
import { createSecrets } from "../../host/system/secrets.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import type { Call, HubVerb } from "../hub/verb.ts";
import { historyOf, hubFailure, keysOf, lastEntry, putEntry } from "../nats/buckets.ts";
import type { Session } from "../nats/connection.ts";
import { INVENTORY, PACE, readPace, startRollout, withOperator } from "./apply.ts";
import { countsOf, countText, followRollout, summaryOf } from "./follow.ts";

export const rollout: HubVerb = {
  usage: "tsv fleet rollout [options] [id]",
  summary: "list roll-outs, or follow one",
  about: ["List roll-outs, or follow one. Ctrl-C only ends this command."],
  options: [INVENTORY],
  examples: [["tsv fleet rollout", "the roll-outs that the hub has kept"]],
  run: (call) =>
    withOperator(call, async ({ session }) => {
      const [id, ...more] = call.given.words;
      if (more.length > 0) return call.misused("fleet rollout takes one roll-out");
      if (id === undefined) return await listRollouts(call, session);
      const read = await readRollout(session, id);
      if (!read.ok) return call.failed(read.error, LIST);
      call.terminal.write(`${headOf(id, read.value)}\n`);
      return await followRollout(call, session, id, read.value.spec);
    }),
};

export const abort: HubVerb = {
  usage: "tsv fleet abort [options] <id>",
  summary: "end a roll-out",
  about: [
    "End a roll-out. The devices of its wave, and those that are away, get back what they had; those of earlier waves keep it: see tsv fleet rollback.",
  ],
  options: [INVENTORY],
  examples: [["tsv fleet abort 20261127-131500-ab12", "end it"]],
  run: (call) =>
    withOperator(call, async ({ session, name }) => {
      const [id, ...more] = call.given.words;
      if (id === undefined || more.length > 0)
        return call.misused("fleet abort takes one roll-out");
      const read = await readRollout(session, id);
      if (!read.ok) return call.failed(read.error, LIST);
      if (isOver(read.value.state)) return call.failed(`${id} is over: ${read.value.state.phase}`);
      const put = await putEntry(session, "rollouts", rolloutKey(id, "abort"), name);
      if (!put.ok) return call.failed(hubFailure(put.error));
      return await followRollout(call, session, id, read.value.spec);
    }),
};

export const history: HubVerb = {
  usage: "tsv fleet history [options] <device>",
  summary: "list the configurations of a device",
  about: [
    "List the configurations that a device should have had, from the newest: revision, time, who asked, digest of the text, and what rolled it out. The result of the last one is that of the device.",
  ],
  options: [INVENTORY],
  examples: [["tsv fleet history pi-1", "the last twenty"]],
  run: (call) =>
    withOperator(call, async ({ session }) => {
      const [device, ...more] = call.given.words;
      if (device === undefined || more.length > 0)
        return call.misused("fleet history takes one device");
      const entries = await historyOf(session, "desired", device);
      const reported = await lastEntry(session, "reported", device);
      if (!entries.ok) return call.failed(hubFailure(entries.error));
      if (!reported.ok) return call.failed(hubFailure(reported.error));
      if (entries.value.length === 0) return call.failed(`${device} never had a configuration`);
      const report = configurationOf(readReport(reported.value?.text ?? ""));
      for (const { revision, at, text, header } of [...entries.value].reverse()) {
        const by = header(DESIRED_HEADERS.by) ?? "unknown";
        const hash = text === null ? null : createSecrets().sha256Hex(text);
        const returnedBy = header(DESIRED_HEADERS.returns);
        const rolledOutBy = header(DESIRED_HEADERS.rollout);
        const what = returnedBy === null ? (rolledOutBy ?? "") : `returned by ${returnedBy}`;
        const isOwn = report?.revision === revision && report.rollout === (rolloutOf(header) ?? "");
        const own = isOwn ? report : null;
        const words = [String(revision), `${at.slice(0, 19)}Z`, by, hash?.slice(0, 12) ?? "none"];
        const line = [...words, what, own?.result ?? ""].join("  ");
        call.terminal.write(`${line.trimEnd()}\n`);
        if (own !== null && own.why !== "") call.say(own.why, "  ");
        const rollout = returnedBy ?? rolledOutBy;
        call.result({
          ...{ device, revision, at, by, hash, rollout, returned: returnedBy !== null },
          ...{ result: own?.result ?? null, why: own?.why ?? "" },
        });
      }
      return FLEET_EXIT.OK;
    }),
};

export const rollback: HubVerb = {
  usage: "tsv fleet rollback [options] <device|id>",
  summary: "return to the configuration before",
  about: [
    "Return a device, or all devices of a roll-out, to the configuration before. That is a roll-out, too: with waves, and it stops when devices fail. A device whose configuration another roll-out has changed since is left as it is.",
  ],
  options: [
    [
      "--to <revision>",
      "with a device: to this revision, see tsv fleet history; 0 for none",
      addSetting,
    ],
    ...PACE,
    INVENTORY,
  ],
  examples: [
    ["tsv fleet rollback pi-1", "one device"],
    ["tsv fleet rollback 20261127-131500-ab12 --waves 100%", "all devices of a roll-out"],
  ],
  run: (call) =>
    withOperator(call, async (operator) => {
      const { session } = operator;
      const [word, ...more] = call.given.words;
      if (word === undefined || more.length > 0)
        return call.misused("fleet rollback takes a device or a roll-out");
      const isRollout = readRolloutKey(rolloutKey(word, "spec")) !== null;
      const found = isRollout
        ? await revisionsOf(session, word)
        : await revisionOf(session, word, call.option("--to"));
      if (!found.ok) return call.failed(found.error);
      const devices = Object.keys(found.value);
      if (devices.length === 0) return call.failed(`no device has the configuration of ${word}`);
      const pace = readPace(call, devices.length);
      if (!pace.ok) return call.misused(pace.error);
      const { terminal, given } = call;
      if (!given.yes && !canAsk(terminal))
        return call.misused("without a terminal, fleet rollback needs --yes");
      const question = `Return ${countText(devices.length)} to the configuration before`;
      if (!given.yes && !(await isConfirmed(terminal, question))) {
        terminal.write("Nothing was changed\n");
        return FLEET_EXIT.OK;
      }
      const content = { revisions: found.value };
      return await startRollout(call, operator, { ...pace.value, content, devices });
    }),
};

const LIST = [["List them", "tsv fleet rollout"]] as const;

/** A roll-out as the hub has it. */
interface Kept {
  readonly spec: RolloutSpec;
  readonly state: RolloutState;
}

async function readRollout(session: Session, id: string): Promise<Result<Kept, string>> {
  if (readRolloutKey(rolloutKey(id, "spec")) === null) return err(`${id} is no roll-out`);
  const asked = await lastEntry(session, "rollouts", rolloutKey(id, "spec"));
  const kept = await lastEntry(session, "rollouts", rolloutKey(id, "state"));
  if (!asked.ok) return err(hubFailure(asked.error));
  if (!kept.ok) return err(hubFailure(kept.error));
  const spec = readSpec(asked.value?.text ?? "");
  if (spec === null) return err(`the hub has no roll-out ${id}`);
  const text = kept.value?.text ?? null;
  const state = text === null ? newRollout(spec) : readState(text, spec);
  return state === null ? err(`the state of ${id} cannot be read`) : ok({ spec, state });
}

function headOf(id: string, { spec, state }: Kept): string {
  const why = state.why === "" ? "" : `: ${state.why}`;
  return `${id}  ${spec.by}  ${countText(spec.devices.length)}  ${state.phase}${why}`;
}

async function listRollouts(call: Call, session: Session): Promise<number> {
  const keys = await keysOf(session, "rollouts");
  if (!keys.ok) return call.failed(hubFailure(keys.error));
  for (const id of [...rolloutIds(keys.value)].reverse()) {
    const read = await readRollout(session, id);
    // One that the hub has forgotten.
    if (!read.ok) continue;
    const { spec, state } = read.value;
    call.say(headOf(id, read.value));
    call.say(summaryOf(state), "  ");
    const devices = Object.fromEntries(countsOf(state));
    call.result({
      rollout: id,
      by: spec.by,
      at: spec.at,
      phase: state.phase,
      why: state.why,
      devices,
    });
  }
  return FLEET_EXIT.OK;
}

/** The revisions before a roll-out, of devices that have its configuration. */
async function revisionsOf(
  session: Session,
  id: string,
): Promise<Result<Readonly<Record<string, number>>, string>> {
  const read = await readRollout(session, id);
  if (!read.ok) return read;
  const { spec, state } = read.value;
  if (!isOver(state)) return err(`${id} is not over: tsv fleet abort ends it`);
  const found: Record<string, number> = {};
  for (const [index, { progress, before, revision }] of state.devices.entries()) {
    const device = spec.devices[index] ?? "";
    if (progress !== "applied" && progress !== "away") continue;
    const last = await lastEntry(session, "desired", device);
    if (!last.ok) return err(hubFailure(last.error));
    if (last.value?.revision === revision) found[device] = before;
  }
  return ok(found);
}

/** The revision of a device before its last text. */
async function revisionOf(
  session: Session,
  device: string,
  to: string | null,
): Promise<Result<Readonly<Record<string, number>>, string>> {
  const entries = await historyOf(session, "desired", device);
  if (!entries.ok) return err(hubFailure(entries.error));
  const last = entries.value.at(-1);
  if (last === undefined) return err(`${device} never had a configuration`);
  if (to === null) {
    const before = entries.value.findLast(({ text }) => text !== last.text);
    return ok({ [device]: before?.revision ?? 0 });
  }
  const revision = Number(to);
  const isKnown = revision === 0 || entries.value.some((entry) => entry.revision === revision);
  if (isKnown && /^\d+$/.test(to)) return ok({ [device]: revision });
  return err(`${device} has no revision ${to}: tsv fleet history ${device} lists them`);
}
