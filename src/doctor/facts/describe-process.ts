// Describes a process of the host for messages.

import { printable } from "../../core/base/printable.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { userName } from "../repairs/ownership.ts";
import type { Probe, SeenProcess } from "./probe.ts";
import type { RunningDaemon } from "./situation.ts";

/** "pid 812: /usr/bin/python3 /usr/bin/supervisord -c /etc/x.conf", at most 200 characters. */
export function describeProcess({ pid, command, name }: SeenProcess): string {
  // Readers of the report may not be allowed to see all processes.
  const words = command.length === 0 ? `[${name}]` : redactPatterns(command.join(" "));
  const text = words.length > 200 ? `${words.slice(0, 199)}…` : words;
  return `pid ${pid}: ${printable(text)}`;
}

/** "supervisord, pid 812 of root, with /etc/supervisor/supervisord.conf". */
export function describeDaemon({ kind, pid, uid, config }: RunningDaemon, probe: Probe): string {
  const name = kind === "tsv" ? "a tsv daemon" : "Supervisor's supervisord";
  const end = config === null ? "" : `, with ${config}`;
  return printable(`${name}, pid ${pid} of ${userName(uid, probe)}${end}`);
}
