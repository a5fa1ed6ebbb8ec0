// The logs of one program over several hosts, as the page of logs takes them: `start`, `lines` and `note`, as of the page of one host.
// A host whose log ends, or that is away, is asked again until the page is closed.

import { isWanted, LogLines, lineView } from "../../core/web/log-lines.ts";
import type { LogsQuery } from "../../core/web/logs-query.ts";
import { logPath } from "../../ctl/logs/follow.ts";
import { localOffsetMinutes } from "../../host/time/local-time.ts";
import { startPause } from "../../host/time/pause.ts";
import type { HttpStream, StreamEnd } from "../../ports/http-client.ts";
import type { Member } from "../on-host.ts";

const RETRY_MS = 5000;
/** Classes of names: see core/web/coloured-text.ts. Red is for errors. */
const COLOURS = ["c6", "c3", "c2", "c5", "c4"];

type Send = (name: string, data: unknown) => void;

/** @param members whose logs are followed @param names of programs @returns ends it */
export function sendLogs(
  members: readonly Member[],
  { names, channel, ...wanted }: LogsQuery,
  send: Send,
): () => void {
  const channels = channel === null ? (["stdout", "stderr"] as const) : [channel];
  const logs = members.flatMap((member, index) =>
    names.flatMap((program) =>
      channels.map((each) => ({
        member,
        program,
        channel: each,
        colour: COLOURS[index % COLOURS.length],
      })),
    ),
  );
  send("start", {
    logs: logs.map(({ member, program, channel: each, colour }) => ({
      label: names.length === 1 ? member.entry.name : `${member.entry.name} ${program}`,
      ...{ channel: each, colour },
    })),
    notes: [],
  });
  let isOver = false;
  const ends = new Set<() => void>();
  for (const [index, log] of logs.entries()) void follow(index, log);
  return () => {
    isOver = true;
    for (const end of ends) end();
  };

  async function follow(index: number, log: (typeof logs)[number]): Promise<void> {
    const { member, program } = log;
    const offset = localOffsetMinutes;
    let said = "";
    while (!isOver) {
      const lines = new LogLines({ name: program, isFormatted: false }, offset);
      let isOld = true;
      const stream: HttpStream = member.host.stream(logPath(program, log.channel), (bytes) => {
        said = "";
        // It begins with the end of the log, whose lines have come some time ago.
        const hasCome = !isOld;
        isOld = false;
        const shown = lines
          .push(bytes, Date.now(), hasCome)
          .filter((line) => isWanted(line, wanted))
          .map((line) => lineView(index, line, offset));
        if (shown.length > 0) send("lines", shown);
      });
      const close = (): void => stream.close();
      ends.add(close);
      const why = reasonOf(await stream.ended, log.channel);
      ends.delete(close);
      if (isOver || why === null) return;
      // The same again is no news.
      if (why !== said) send("note", `${member.entry.name}: ${why}`);
      said = why;
      const pause = startPause(RETRY_MS);
      ends.add(pause.cancel);
      await pause.over;
      ends.delete(pause.cancel);
    }
  }
}

/** @returns null for a log that there is not */
function reasonOf(end: StreamEnd, channel: string): string | null {
  if (end.kind === "failed") return end.failure.message;
  if (end.kind !== "status") return "the log ended; it is followed again";
  // Of a program that writes both to one log, or that this host does not have.
  if (end.status === 404 || end.status === 410) {
    return channel === "stderr" ? null : "there is no such log";
  }
  return `the host answered with status ${end.status}`;
}
