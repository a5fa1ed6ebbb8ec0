// Passes the logs to the successor, and restores them there: reading stops, output that was read is written to the files, and
// the positions become part of the snapshot.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { RECENT_BYTES } from "../../core/logs/recent-output.ts";
import type { ChannelState, LogsState } from "../../core/snapshot/snapshot.ts";
import type { ActivityLog, ChannelName, LogsUpgrade } from "./api.ts";
import type { ChannelLog } from "./output/channel-log.ts";
import type { JournalSender } from "./output/log-daemons.ts";
import type { Compressor } from "./writer/compressor.ts";
import type { LogWriter } from "./writer/log-writer.ts";
import { type WriterRegistry, written } from "./writer/writers.ts";

export type Channels = Readonly<Record<ChannelName, ChannelLog>>;

/** Most bytes of newest output of all channels that a successor gets. Each channel gets an equal share. */
const ALL_RECENT_BYTES = 8 * 1024 * 1024;

/** Whether output is read and written. A daemon with a predecessor does neither until it resumes. */
export class LogsGate {
  /** True while no output is read: a successor is about to continue. */
  isHalted: boolean;
  /** True while nothing may be written: the predecessor may have to continue with the files after all. */
  isHeld: boolean;
  readonly #before: Map<string, ChannelState>;

  /** @param snapshot the state of the predecessor; null for a daemon without one */
  constructor(snapshot: LogsState | null) {
    this.isHalted = snapshot !== null;
    this.isHeld = snapshot !== null;
    this.#before = new Map(
      snapshot?.channels.map((state) => [`${state.channel} ${state.key}`, state]),
    );
  }

  /** The state of a channel from the predecessor; null once this daemon has resumed. */
  before(key: ProcessKey, channel: ChannelName): ChannelState | null {
    return this.#before.get(`${channel} ${key}`) ?? null;
  }

  resume(): void {
    this.isHalted = false;
    this.isHeld = false;
    this.#before.clear();
  }
}

/** The parts of the logs that an upgrade stops and resumes. */
interface UpgradedParts {
  readonly gate: LogsGate;
  readonly processes: ReadonlyMap<ProcessKey, Channels>;
  readonly registry: WriterRegistry;
  readonly journal: JournalSender;
  readonly compressor: Compressor;
  readonly activity: ActivityLog;
}

export function createLogsUpgrade({
  gate,
  processes,
  registry,
  journal,
  compressor,
  activity,
}: UpgradedParts): LogsUpgrade {
  const channels = (): readonly ChannelLog[] =>
    Array.from(processes.values()).flatMap(({ stdout, stderr }) => [stdout, stderr]);
  const unsettled = (): readonly LogWriter[] =>
    registry.all().filter((writer) => !writer.isSettled);
  return {
    async flushed(deadline) {
      return (await written(unsettled(), deadline)).map(({ path }) => path);
    },
    halt() {
      gate.isHalted = true;
      for (const channel of channels()) channel.halt();
    },
    resume() {
      const { isHeld } = gate;
      gate.resume();
      if (isHeld) for (const writer of registry.all()) writer.resume();
      journal.resume();
      for (const channel of channels()) channel.resume();
      compressor.resume();
    },
    reportLost({ key, channel, bytes }) {
      const text = `at most ${bytes} bytes of output were lost with the daemon`;
      activity.log("WARN", `${displayKey(key)} (${channel}): ${text}`);
      processes.get(key)?.[channel].say(text);
    },
    get isSettled() {
      return unsettled().length === 0;
    },
    async settle(deadline, patience) {
      const streams = registry.all().filter((writer) => writer.pendingBytes > 0);
      await written(streams, patience);
      for (;;) {
        const waiting = unsettled();
        if (waiting.length === 0 || deadline.aborted) return waiting.map(({ path }) => path);
        await written(waiting, deadline);
      }
    },
    state: () => ({
      channels: channelStates(channels()),
      journal: journal.state,
      files: registry.all().flatMap(({ state }) => state ?? []),
      rested: registry.rested,
    }),
  };
}

function channelStates(channels: readonly ChannelLog[]): readonly ChannelState[] {
  const recents = channels.filter(({ recent }) => recent !== null).length;
  const share = Math.min(RECENT_BYTES, Math.floor(ALL_RECENT_BYTES / Math.max(1, recents)));
  return channels
    .map((channel) => channel.state(share))
    .filter(
      ({ auto, output, recent, runs }) =>
        auto !== null || output !== null || recent !== null || runs.length > 0,
    );
}
