// Shows how a roll-out goes: a line for each wave, and for each device that has an answer, until it ends or the user does not want to wait.

import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import {
  isOver,
  newRollout,
  type Progress,
  type RolloutSpec,
  type RolloutState,
  waveRange,
} from "../../core/fleet/rollout.ts";
import { readState, rolloutKey } from "../../core/fleet/rollout-text.ts";
import { keySubject } from "../../core/fleet/subjects.ts";
import type { Call } from "../hub/verb.ts";
import { lastEntry, textOf } from "../nats/buckets.ts";
import type { Session } from "../nats/connection.ts";

const INTERRUPTED = 130;
/** Devices of a roll-out of which each gets a line, also if it is well. */
const MOST_LINES = 50;

/** @returns the exit status */
export async function followRollout(
  call: Call,
  session: Session,
  id: string,
  spec: RolloutSpec,
): Promise<number> {
  const { terminal } = call;
  let shown = newRollout(spec);
  let finish: (status: number) => void = () => undefined;
  const over = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const see = (text: string): void => {
    const state = readState(text, spec);
    if (state === null) return;
    for (const line of linesBetween(spec, shown, state)) terminal.write(`${line}\n`);
    shown = state;
    if (isOver(state)) finish(state.phase === "done" ? FLEET_EXIT.OK : FLEET_EXIT.FAILED);
  };
  const key = rolloutKey(id, "state");
  const end = session.subscribe(keySubject("rollouts", key), (message) => see(textOf(message)));
  const forget = terminal.onInterrupt(() => finish(INTERRUPTED));
  void session.ended.then((why) => {
    if (why !== null) finish(call.failed(why, [["See how it goes on", `tsv fleet rollout ${id}`]]));
  });
  const first = await lastEntry(session, "rollouts", key);
  if (first.ok && typeof first.value?.text === "string" && shown.phase === "waiting")
    see(first.value.text);
  const status = await over;
  forget();
  end();
  for (const [index, { progress, why }] of shown.devices.entries()) {
    const device = spec.devices[index] ?? "";
    call.result({ rollout: id, phase: shown.phase, device, progress, why });
  }
  if (status === INTERRUPTED) {
    terminal.write(
      `\nIt goes on without this command\n  See it: tsv fleet rollout ${id}\n  End it: tsv fleet abort ${id}\n`,
    );
  }
  return status;
}

/** What is new in a state. */
function linesBetween(
  spec: RolloutSpec,
  before: RolloutState,
  after: RolloutState,
): readonly string[] {
  const { phase, wave, why } = after;
  const [from, to] = waveRange(spec, wave);
  const isLong = spec.devices.length > MOST_LINES;
  const linesOf = (first: number, end: number): readonly string[] =>
    after.devices.slice(first, end).flatMap(({ progress, why: reason }, offset) => {
      const index = first + offset;
      const isSaid = isLong ? /^(?:failed|away)$/ : /^(?:applied|failed|away|undone|superseded)$/;
      if (progress === before.devices[index]?.progress || !isSaid.test(progress)) return [];
      return [`  ${spec.devices[index]}: ${progress === "failed" ? reason : progress}`];
    });
  const isNewWave = phase !== "waiting" && (before.phase === "waiting" || before.wave !== wave);
  const head = `wave ${wave + 1} of ${spec.waves.length}: ${countText(to - from)}`;
  const lines = [...linesOf(0, from), ...(isNewWave ? [head] : []), ...linesOf(from, to)];
  if (isOver(after)) lines.push(`${phase}: ${why === "" ? summaryOf(after) : why}`);
  return lines;
}

/** "3 applied, 1 away". */
export function summaryOf(state: RolloutState): string {
  return Array.from(countsOf(state), ([progress, count]) => `${count} ${progress}`).join(", ");
}

/** How many devices are how far. */
export function countsOf({ devices }: RolloutState): ReadonlyMap<Progress, number> {
  const counts = new Map<Progress, number>();
  for (const { progress } of devices) counts.set(progress, (counts.get(progress) ?? 0) + 1);
  return counts;
}

export function countText(devices: number): string {
  return devices === 1 ? "1 device" : `${devices} devices`;
}
