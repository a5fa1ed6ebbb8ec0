// Passes the logs to the successor, and restores them there: reading stops, output that was read is written to the files, and
// the positions become part of the snapshot.

import type { ProcessKey } from "../../core/base/ids.ts";
import { aborted } from "../../core/base/result.ts";
import { RECENT_BYTES } from "../../core/logs/recent-output.ts";
import type { ChannelState, LogsState } from "../../core/snapshot/snapshot.ts";
import type { ChannelName, LogsUpgrade } from "./api.ts";
import type { ChannelLog } from "./output/channel-log.ts";
import type { JournalSender } from "./output/log-daemons.ts";
import type { LogWriter, WriterRegistry } from "./writer/log-writer.ts";

export type Channels = Readonly<Record<ChannelName, ChannelLog>>;

interface LogsUpgradeDeps {
  /** A function, because the sender is created later. */
  readonly journal: () => JournalSender;
  readonly processes: ReadonlyMap<ProcessKey, Channels>;
  readonly registry: WriterRegistry;
  /** The state of the predecessor; null for a daemon without one. */
  readonly snapshot: LogsState | null;
}

/** The logs in both daemons of an upgrade, and whether output is read and written. */
export interface LogsGate extends LogsUpgrade {
  readonly isHalted: () => boolean;
  /** True while nothing may be written: the predecessor may have to continue with the files after all. */
  readonly isHeld: () => boolean;
  /** The state of a channel from the predecessor; null once this daemon has resumed. */
  readonly before: (key: ProcessKey, channel: ChannelName) => ChannelState | null;
}

/** Most bytes of newest output of all channels that a successor gets. Each channel gets an equal share. */
const ALL_RECENT_BYTES = 8 * 1024 * 1024;

function channelStates(channels: readonly ChannelLog[]): readonly ChannelState[] {
  const recents = channels.filter(({ recent }) => recent !== null).length;
  const share = Math.min(RECENT_BYTES, Math.floor(ALL_RECENT_BYTES / Math.max(1, recents)));
  return channels
    .map((channel) => channel.state(share))
    .filter(({ auto, output, recent }) => auto !== null || output !== null || recent !== null);
}

/** A daemon with a predecessor is halted until `resume`. */
export function createLogsUpgrade({
  processes,
  registry,
  snapshot,
  journal,
}: LogsUpgradeDeps): LogsGate {
  let isHalted = snapshot !== null;
  let isHeld = snapshot !== null;
  const left = new Map(
    snapshot?.channels.map((state): [string, ChannelState] => [
      `${state.channel} ${state.key}`,
      state,
    ]),
  );
  const channels = (): readonly ChannelLog[] =>
    Array.from(processes.values()).flatMap(({ stdout, stderr }) => [stdout, stderr]);
  const unsettled = (): readonly LogWriter[] =>
    registry.all().filter((writer) => !writer.isSettled);
  return {
    isHalted: () => isHalted,
    isHeld: () => isHeld,
    before: (key, channel) => left.get(`${channel} ${key}`) ?? null,
    async flushed(deadline) {
      const waiting = new Set(unsettled());
      const written = [...waiting].map((writer) =>
        writer.barrier().then(() => void waiting.delete(writer)),
      );
      await Promise.race([Promise.all(written), aborted(deadline)]);
      return Array.from(waiting, ({ path }) => path);
    },
    halt() {
      isHalted = true;
      for (const channel of channels()) channel.halt();
    },
    resume() {
      isHalted = false;
      if (isHeld) {
        isHeld = false;
        left.clear();
        for (const writer of registry.all()) writer.resume();
      }
      journal().resume();
      for (const channel of channels()) channel.resume();
    },
    get isSettled() {
      return unsettled().length === 0;
    },
    async settle(deadline, patience) {
      const streams = registry.all().filter((writer) => writer.pendingBytes > 0);
      const written = Promise.all(streams.map((writer) => writer.barrier()));
      await Promise.race([written, aborted(patience)]);
      for (;;) {
        const waiting = unsettled();
        if (waiting.length === 0) return [];
        if (deadline.aborted) return waiting.map(({ path }) => path);
        const written = Promise.all(waiting.map((writer) => writer.barrier()));
        await Promise.race([written, aborted(deadline)]);
      }
    },
    state: () => ({
      channels: channelStates(channels()),
      journal: journal().state,
      files: registry.all().flatMap(({ state }) => state ?? []),
      rested: registry.rested,
    }),
  };
}
