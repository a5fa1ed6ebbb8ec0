// Why a program is in its state, as far as the daemon knows: its history, the programs that it waits for, and the end of its output.
// `tsv why` makes the same of the same functions (core/why), and looks at the files of the host besides.

import { displayName } from "../../core/base/ids.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { joinPath, splitPath } from "../../core/config/paths.ts";
import { joined, type LogPart } from "../../core/logs/positions.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import {
  CHANNELS,
  isAboutLastRun,
  type LastOutput,
  lastClue,
  MOST_BYTES,
  MOST_LINES,
  shownLines,
  shownOutput,
} from "../../core/why/last-output.ts";
import { historyOf } from "../../core/why/program-history.ts";
import { waitingChain } from "../../core/why/waiting-chain.ts";
import type { ChannelRef, ListedLog, LogFileInfo, LogsApi } from "../logs/api.ts";
import type { ProcessView, SupervisorApi } from "../supervisor/api.ts";

interface WhyDeps {
  readonly supervisor: Pick<SupervisorApi, "groups" | "info" | "report">;
  readonly logs: Pick<LogsApi, "files" | "readPart" | "runPart">;
}

/** The bytes that are read of the logs, and those of an explanation, at most. */
export const WHY_BYTES = 2 * (MOST_BYTES + MOST_LINES * 1024);

/** @returns null for a process that was removed */
export async function explainProcess({ supervisor, logs }: WhyDeps, process: ProcessView) {
  const { key, config } = process;
  const report = supervisor.report(key);
  if (report === null) return null;
  const pid = report.runs.ended.at(-1)?.pid ?? 0;
  const parts = {
    stdout: logs.runPart(key, "stdout", pid),
    stderr: logs.runPart(key, "stderr", pid),
  };
  const history = historyOf(report, parts);
  const waitsFor = waitsForOf(supervisor, process);
  const isOfRun = isAboutLastRun(history, history);
  const found = await Promise.all(
    CHANNELS.map((channel) =>
      lastOutput(logs, { kind: "channel", key, channel }, isOfRun ? parts[channel] : null),
    ),
  );
  const outputs = found.filter((output) => output !== null);
  const last = lastClue(outputs, history, history);
  return {
    history,
    config,
    /** The nearest first. */
    waitsFor,
    /** The log that explains most; null for none. */
    output: last?.output ?? shownOutput(outputs),
    /** The error that explains how the last run ended; null if that is unknown. */
    clue: last === null ? null : { ...last.clue, line: redactPatterns(last.clue.line) },
  };
}

function waitsForOf(supervisor: WhyDeps["supervisor"], process: ProcessView) {
  const all = supervisor.groups().flatMap(({ processes }) => processes);
  return waitingChain(process, all, ({ key }) => {
    const info = supervisor.info(key);
    return info === null ? null : { ...info, spawnError: info.spawnErr };
  });
}

/** The end of a log, or of the part that one run has written; null for a program without it. */
async function lastOutput(
  logs: WhyDeps["logs"],
  ref: ChannelRef,
  part: LogPart | null,
): Promise<LastOutput | null> {
  const { channel } = ref;
  const none = { channel, lines: null, isOfLastRun: false, changedMs: null } as const;
  const listed = await logs.files(ref);
  if (!listed.ok) return { ...none, path: "", problem: "unreadable" };
  const path = listed.value.path ?? "";
  if (listed.value.isRemoved) return { ...none, path, problem: "missing" };
  const [newest = null] = filesOf(listed.value);
  if (newest === null) return path === "" ? null : { ...none, path, lines: [], problem: null };
  const start = listed.value.files.length === 0 ? (listed.value.count?.start ?? 0) : 0;
  const read = (file: LogFileInfo, from: number, to: number) =>
    readRange(logs, ref, file, [start + from, start + to]);
  const ofRun = part === null ? null : await textOfPart(listed.value.files, part, read);
  const text = ofRun ?? (await textOfEnd(newest, read));
  const lines = text === null ? null : shownLines(text, MOST_LINES);
  const problem = lines === null ? "unreadable" : null;
  const isOfLastRun = ofRun !== null;
  return { path, channel, lines, problem, isOfLastRun, changedMs: newest.changed };
}

/** The newest first; for output without a file, what the daemon keeps of it. */
function filesOf({ files, count, changed }: ListedLog): readonly LogFileInfo[] {
  if (files.length > 0 || count === null) return files;
  const size = count.written - count.start;
  if (size === 0) return [];
  return [{ id: count.epoch, index: 0, size, changed: changed ?? 0, compression: "none" }];
}

type ReadRange = (file: LogFileInfo, from: number, to: number) => Promise<Uint8Array | null>;

/** null when the file is gone. */
async function readRange(
  logs: WhyDeps["logs"],
  ref: ChannelRef,
  { id, index }: LogFileInfo,
  [from, to]: readonly [from: number, to: number],
): Promise<Uint8Array | null> {
  const read = await logs.readPart(ref, { id, index, offset: from, length: to - from });
  return read.ok ? read.value : null;
}

const DECODER = new TextDecoder();

async function textOfEnd(file: LogFileInfo, read: ReadRange): Promise<string | null> {
  const from = Math.max(0, file.size - MOST_BYTES);
  const bytes = await read(file, from, file.size);
  return bytes === null ? null : textOf(bytes, from > 0);
}

/** null where the files are not those that the daemon counts, and for a part in a backup that is gone or compressed. */
async function textOfPart(
  files: readonly LogFileInfo[],
  { from, to, size }: LogPart,
  read: ReadRange,
): Promise<string | null> {
  const first = Math.max(from, to - MOST_BYTES);
  const pieces: Uint8Array[] = [];
  // The offset of the first byte of a file; that of the newest is 0.
  let start = 0;
  for (const [place, file] of files.entries()) {
    if (file.index !== place || file.compression !== "none") break;
    if (place === 0 ? file.size < size : first >= start) break;
    if (place > 0) start -= file.size;
    if (to <= start) continue;
    const bytes = await read(file, Math.max(0, first - start), Math.min(file.size, to - start));
    if (bytes === null) return null;
    pieces.unshift(bytes);
  }
  const bytes = joined(pieces);
  return bytes.length === 0 && first < to ? null : textOf(bytes, first > from);
}

/** @param isCut without a line whose beginning is not in these bytes */
function textOf(bytes: Uint8Array, isCut: boolean): string {
  const text = DECODER.decode(bytes);
  return isCut ? text.slice(text.indexOf("\n") + 1) : text;
}

/** Where every user's tsv looks for a configuration. */
const FOUND_BY_ITSELF: ReadonlySet<string> = new Set([
  "/etc/tsv/tsv.conf",
  "/usr/local/etc/tsv/tsv.conf",
]);

/**
 * The command that explains the program on the host. Where tsv would not look for the daemon's configuration by itself, the command
 * names it by its absolute path: it is pasted in another directory than the daemon was started in.
 */
export function whyCommand(
  supervisor: Pick<SupervisorApi, "config">,
  { group, config }: ProcessView,
): string {
  const { here, configFile } = supervisor.config().daemon;
  const path = joinPath(here, splitPath(configFile).tail);
  const named = FOUND_BY_ITSELF.has(path) ? [] : ["-c", path];
  return ["tsv", "why", ...named, displayName(group, config.name)].map(shellWord).join(" ");
}
