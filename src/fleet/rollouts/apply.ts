// `tsv fleet plan FILE` and `tsv fleet apply FILE`: what a configuration would change on devices, and rolling it out.

import { err, ok, type Result } from "../../core/base/result.ts";
import { readReason } from "../../core/config/load.ts";
import { parseDuration } from "../../core/config/quantities.ts";
import { EMPTY_RAW } from "../../core/config/raw.ts";
import { chooseHosts } from "../../core/fleet/choice.ts";
import { readDesired } from "../../core/fleet/desired-text.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { labelsOf } from "../../core/fleet/reported.ts";
import { type RolloutSpec, readWaves } from "../../core/fleet/rollout.ts";
import { MOST_DEVICES, rolloutId, rolloutKey, specText } from "../../core/fleet/rollout-text.ts";
import { textChange } from "../../core/fleet/text-change.ts";
import { addSetting, set, type VerbOption } from "../../ctl/verb-arguments.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { createSecrets } from "../../host/system/secrets.ts";
import { canAsk, isConfirmed } from "../../host/terminal/run-on-terminal.ts";
import type { Call, HubVerb } from "../hub/verb.ts";
import { type Entry, hubFailure, lastEntry, putEntry } from "../nats/buckets.ts";
import type { Session } from "../nats/connection.ts";
import { listDevices } from "../nats/devices.ts";
import { countText, followRollout } from "./follow.ts";
import { connectOperator, type Operator } from "./operator.ts";

export const INVENTORY: VerbOption = [
  "--inventory <file>",
  "the file with the section [fleet] (default: $TSV_FLEET, ~/.config/tsv/fleet.conf)",
  addSetting,
];

const CHOICE: readonly VerbOption[] = [
  [
    "--on <hosts>",
    "these devices: names or patterns, separated by commas; may be repeated (default: all)",
    addSetting,
  ],
  ["--label <name=value>", "devices that have this label; may be repeated", addSetting],
];

/** Of a roll-out. */
export const PACE: readonly VerbOption[] = [
  ["--waves <list>", "devices that have it after each wave (default: 1,10%,100%)", addSetting],
  ["--max-failures <number>", "stop when more devices have failed (default: 0)", addSetting],
  ["--limit <duration>", "for each wave to answer (default: 15m)", addSetting],
  ["--require-all", "a device that does not answer in time has failed", addSetting],
  ["--settle <duration>", "programs must stay up this long (default: 10s)", addSetting],
  ["--yes", "do not ask", set("yes")],
];

const ABOUT_FILE =
  "The file has sections of programs, groups and templates. It is written to a file of its own on each device, and applied there as tsv apply --rollback does. It replaces the file of the roll-out before. - is standard input. Its name has a / in it or ends in .conf: other words are programs, whose own configurations the hosts apply.";

export const plan: HubVerb = {
  usage: "tsv fleet plan [options] <file>",
  summary: "show what a configuration would change on devices",
  about: ["Show what a configuration would change on devices.", ABOUT_FILE],
  options: [...CHOICE, INVENTORY],
  examples: [["tsv fleet plan web.conf --on 'pi-*'", "what would change"]],
  run: (call) =>
    withFile(call, async (asked) => {
      const changes = changesOf(asked);
      showPlan(call, changes);
      for (const change of changes) call.result(change);
      return FLEET_EXIT.OK;
    }),
};

export const apply: HubVerb = {
  usage: "tsv fleet apply [options] <file>",
  summary: "roll a configuration out to devices",
  about: [
    "Roll a configuration out, wave by wave. It stops when devices fail: those of that wave get back what they had, and later waves do not notice. The hub carries it out: Ctrl-C only ends this command.",
    "A device that is away when the time of its wave is over gets the configuration when it is back.",
    ABOUT_FILE,
  ],
  options: [...CHOICE, ...PACE, INVENTORY],
  examples: [
    ["tsv fleet apply web.conf --on 'pi-*'", "one device, a tenth, all"],
    ["tsv fleet apply web.conf --waves 5,50% --yes", "without a question"],
  ],
  run: (call) =>
    withFile(call, async (asked) => {
      const pace = readPace(call, asked.devices.length);
      if (!pace.ok) return call.misused(pace.error);
      showPlan(call, changesOf(asked));
      const { terminal, given } = call;
      if (!given.yes && !canAsk(terminal))
        return call.misused("without a terminal, fleet apply needs --yes");
      const question = `Roll this out to ${countText(asked.devices.length)}`;
      if (!given.yes && !(await isConfirmed(terminal, question))) {
        terminal.write("Nothing was changed\n");
        return FLEET_EXIT.OK;
      }
      const content = { text: asked.text };
      return await startRollout(call, asked.operator, {
        ...{ ...pace.value, content, devices: asked.devices },
      });
    }),
};

interface Asked {
  readonly operator: Operator;
  readonly text: string;
  readonly devices: readonly string[];
  /** What each device should run now. */
  readonly before: ReadonlyMap<string, Entry | null>;
}

async function withFile(call: Call, run: (asked: Asked) => Promise<number>) {
  const [file, ...more] = call.given.words;
  const [, verb] = call.words;
  if (file === undefined || more.length > 0) return call.misused(`fleet ${verb} takes one file`);
  const world = createConfigWorld({ findUser: () => null, findGroup: () => null });
  const text = world.readText(file === "-" ? "/dev/stdin" : file);
  if (!text.ok) return call.failed(`cannot read ${file}: ${readReason(text.error)}`);
  const names = readDesired(text.value, EMPTY_RAW);
  if (!names.ok) return call.failed(`${file}: ${names.error}`);
  return await withOperator(call, async (operator) => {
    const { session } = operator;
    const devices = await chooseDevices(session, call);
    if (!devices.ok) return call.failed(devices.error);
    const before = new Map<string, Entry | null>();
    for (const device of devices.value) {
      const entry = await lastEntry(session, "desired", device);
      if (!entry.ok) return call.failed(hubFailure(entry.error));
      before.set(device, entry.value);
    }
    return await run({ operator, text: text.value, devices: devices.value, before });
  });
}

/** Connects for the time of an action. */
export async function withOperator(
  call: Call,
  run: (operator: Operator) => Promise<number>,
): Promise<number> {
  const operator = await connectOperator(call);
  if (!operator.ok) return operator.error;
  try {
    return await run(operator.value);
  } finally {
    await operator.value.close();
  }
}

/** Devices that have reported anything, of the names and labels that are asked for. */
async function chooseDevices(
  session: Session,
  { given }: Call,
): Promise<Result<readonly string[], string>> {
  const listed = await listDevices(session);
  if (!listed.ok) return err(hubFailure(listed.error));
  const devices = listed.value.map(({ name, report }) => ({ name, labels: labelsOf(report) }));
  if (devices.length === 0) return err("no device has reported yet");
  const valuesOf = (name: string): readonly string[] =>
    given.settings.flatMap(([option, value]) => (option === name ? [value] : []));
  const chosen = chooseHosts(devices, { on: valuesOf("--on"), labels: valuesOf("--label") });
  if (!chosen.ok) return chosen;
  return chosen.value.length > MOST_DEVICES
    ? err(`more than ${MOST_DEVICES} devices: choose some with --on or --label`)
    : ok(chosen.value.map(({ name }) => name));
}

/** Names of devices in one line of a plan. */
const MOST_NAMES = 5;

function changesOf({ text, devices, before }: Asked) {
  return devices.map((device) => {
    return { device, change: textChange(before.get(device)?.text ?? null, text) };
  });
}

function showPlan(call: Call, changes: ReturnType<typeof changesOf>): void {
  const groups = new Map<string, string[]>();
  for (const { device, change } of changes) {
    groups.set(change, [...(groups.get(change) ?? []), device]);
  }
  for (const [change, names] of groups) {
    const shown = names.length <= MOST_NAMES ? names.join(", ") : countText(names.length);
    call.say(`${shown}: ${change}`);
  }
}

/** The members of a roll-out that the command line gives. */
export function readPace(
  call: Call,
  devices: number,
): Result<
  Pick<RolloutSpec, "waves" | "maxFailures" | "limitMs" | "requireAll" | "settleMs">,
  string
> {
  const waves = readWaves(call.option("--waves") ?? "1,10%,100%", devices);
  if (typeof waves === "string") return err(`--waves: ${waves}`);
  const failures = call.option("--max-failures") ?? "0";
  if (!/^\d{1,5}$/.test(failures)) return err(`--max-failures takes a number, not '${failures}'`);
  const limit = parseDuration(call.option("--limit") ?? "15m");
  if (!limit.ok) return err(`--limit: ${limit.error}`);
  const settle = parseDuration(call.option("--settle") ?? "10s");
  if (!settle.ok) return err(`--settle: ${settle.error}`);
  return ok({
    ...{ waves, maxFailures: Number(failures), limitMs: limit.value * 1000 },
    ...{ requireAll: call.option("--require-all") !== null, settleMs: settle.value * 1000 },
  });
}

/** Bytes of a message, with some for its head. */
const MOST_SPEC = 1_000_000;

/** Starts a roll-out and follows it. @returns the exit status */
export async function startRollout(
  call: Call,
  { session, name }: Operator,
  asked: Omit<RolloutSpec, "by" | "at">,
): Promise<number> {
  const at = new Date().toISOString();
  const spec: RolloutSpec = { by: name, at, ...asked };
  const id = rolloutId(
    at,
    createSecrets()
      .newKey()
      .toLowerCase()
      .replace(/[^a-z0-9]/g, "")
      .slice(0, 4),
  );
  const text = specText(spec);
  if (text.length > MOST_SPEC)
    return call.failed("the roll-out is too large: choose less devices, or make the file smaller");
  const key = rolloutKey(id, "spec");
  const put = await putEntry(session, "rollouts", key, text, { expected: 0 });
  if (!put.ok) {
    const steps = [["An admin may", "tsv fleet operator NAME --role admin"]] as const;
    return call.failed(hubFailure(put.error), put.error === "denied" ? steps : []);
  }
  call.terminal.write(`Roll-out ${id}: ${countText(spec.devices.length)}\n`);
  return await followRollout(call, session, id, spec);
}
