// Why a systemd service failed to start: its journal, and whether anything has changed since.

import { printable } from "../../../core/base/printable.ts";
import { redactPatterns } from "../../../core/redact/patterns.ts";
import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";

/** The exit status of a daemon that rejects its command line or its configuration. */
const REFUSED = "2";
const LINES = "4";

/** The last lines of the failed start; none if systemd does not know them. */
export function wordsOfFailure(
  { properties, name, scope }: ServiceState,
  probe: Probe,
): readonly string[] {
  const id = properties["InvocationID"] ?? "";
  if (properties["ActiveState"] !== "failed" || id === "") return [];
  const fields = [`_SYSTEMD_INVOCATION_ID=${id}`, `_SYSTEMD_UNIT=${name}.service`];
  const unit = scope === "user" ? ["--user", ...fields.slice(0, 1)] : fields;
  const words = ["journalctl", "-q", "--no-pager", "-o", "cat", "-n", LINES, ...unit];
  const { status, output } = probe.ask(words);
  if (status !== 0) return [];
  return output
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(?:For help, use | {2}Show all errors: )/.test(line))
    .map((line) => `its output: ${redactPatterns(printable(line)).slice(0, 300)}`);
}

/** Whether the daemon would fail to start again: none of its files was changed, and nothing was repaired. */
export function isUnchanged(situation: Situation, probe: Probe): boolean {
  const { service, host, config, repaired = 0 } = situation;
  const { properties, file, layout } = service;
  if (properties["Result"] !== "exit-code" || properties["ExecMainStatus"] !== REFUSED)
    return false;
  const microseconds = Number(properties["ExecMainExitTimestampMonotonic"] ?? "0");
  if (repaired > 0 || !(microseconds > 0)) return false;
  const endedMs = host.bootedMs + microseconds / 1000;
  const files = [
    ...config.files,
    file?.path,
    layout.environmentFile,
    serviceCommand(service, probe)?.executable,
    ...(properties["DropInPaths"] ?? "").split(" "),
  ];
  return files.every((path) => {
    const found = path === null || path === undefined || path === "" ? null : probe.look(path);
    return found?.ok !== true || found.modifiedMs <= endedMs;
  });
}
