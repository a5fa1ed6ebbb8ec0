// The verbs about logs. Their modules are loaded when they run: see verbs.ts.

import type { Result } from "../core/base/result.ts";
import { localOffsetMinutes } from "../host/time/local-time.ts";
import type { CommandContext } from "./context.ts";
import type { LogsRequest } from "./logs/request.ts";
import type { VerbArguments } from "./verb-arguments.ts";

export async function runLogFiles(
  verb: "rotate" | "reopen" | "clear",
  context: CommandContext,
  names: readonly string[],
  { channel, backups }: VerbArguments,
): Promise<void> {
  const { runLogFiles: run } = await import("./commands/log-files.ts");
  await run(context, verb, names, channel, backups);
}

export async function runLogs(context: CommandContext, request: LogsRequest): Promise<void> {
  const { runLogs: run } = await import("./commands/logs.ts");
  await run(context, request);
}

export async function logsRequest(
  names: readonly string[],
  given: VerbArguments,
): Promise<Result<LogsRequest, string>> {
  const { readLogsRequest } = await import("./logs/request.ts");
  return readLogsRequest(names, given, Date.now(), localOffsetMinutes);
}
