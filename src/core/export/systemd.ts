// A program as a unit of systemd: systemd.service(5), systemd.exec(5), systemd.kill(5).

import { REDACTED } from "../redact/secret-names.ts";
import { type Export, type ExportedProgram, namesVariable, variablesOf } from "./exported.ts";
import { ELSEWHERE, REASONS, type Unit, WRITERS } from "./systemd-options.ts";
import { instancesOf } from "./systemd-units.ts";
import { commandLine, isRelative, isTrue, quoted, specified } from "./systemd-values.ts";

/** A unit, which is a template for instances where there are several processes. */
export function toSystemd(program: ExportedProgram): Export {
  const { name, section, options } = program;
  const missing: Export["missing"][number][] = [];
  const lacks = (option: string, reason: string): void => {
    missing.push({ program: name, option, reason });
  };
  const instances = instancesOf(program);
  const file = `${name}${instances === null ? "" : "@"}.service`;
  const lines: Unit = { unit: [`Description=${specified(name)}`], service: [] };
  const command = options.get("command") ?? "";
  const line = commandLine(command, options.get("directory") ?? "");
  lines.service.push(`ExecStart=${line}`);
  if (isRelative(line)) lacks("command", "write its whole path");
  if (command.includes(REDACTED)) lacks("command", "it has a secret, which is not shown");
  for (const [key, value] of options) {
    if (namesVariable(value)) lacks(key, "it has a variable of the daemon");
    if (namesVariable(value) || ELSEWHERE.has(key)) continue;
    const write = WRITERS[key];
    const reason = write === undefined ? REASONS[key] : write(value, lines, program);
    if (reason !== undefined) lacks(key, reason);
  }
  const { shown, secrets } = variablesOf(program);
  for (const [variable, value] of shown) {
    lines.service.push(`Environment=${quoted(`${variable}=${specified(value)}`)}`);
  }
  for (const variable of secrets) {
    lacks(`environment ${variable}`, "a secret, which is not shown: use EnvironmentFile=");
  }
  lines.service.push(...restartLines(options, lacks), ...stopLines(options));
  if (isTrue(options.get("redirect_stderr"))) lines.service.push("StandardError=inherit");
  if (instances !== null) {
    const [first, last] = [instances[0], instances.at(-1)];
    lacks("numprocs", `enable instances: ${name}@${first} to ${name}@${last}`);
  }
  if (!section.startsWith("program:")) lacks(`[${section}]`, "only the program itself is exported");
  const isStarted = ["autostart", "enabled"].every((key) => isTrue(options.get(key) ?? "true"));
  const install = isStarted ? ["", "[Install]", "WantedBy=multi-user.target"] : [];
  const text = [
    `# ${file}`,
    "[Unit]",
    ...lines.unit,
    "",
    "[Service]",
    ...lines.service,
    ...install,
  ];
  return { name, file, text: `${text.join("\n")}\n`, missing };
}

function restartLines(
  options: ExportedProgram["options"],
  lacks: (option: string, reason: string) => void,
): readonly string[] {
  const rule = options.get("autorestart")?.trim().toLowerCase() ?? "unexpected";
  const isOneshot = options.get("type") === "oneshot" || options.has("schedule");
  const implied = options.has("autorestart") ? rule : isOneshot ? "false" : rule;
  if (implied !== "unexpected") return isTrue(implied) ? ["Restart=always"] : [];
  const codes = (options.get("exitcodes") ?? "0").split(",").map((code) => code.trim());
  if (!codes.includes("0")) lacks("exitcodes", "for systemd, 0 is always a success");
  const others = codes.filter((code) => code !== "0" && code !== "");
  const expected = others.length > 0 ? [`SuccessExitStatus=${others.join(" ")}`] : [];
  return ["Restart=on-failure", ...expected];
}

/** systemd waits 90 seconds and stops all processes of a unit, if it is not told otherwise. */
function stopLines(options: ExportedProgram["options"]): readonly string[] {
  const given = options.get("kill_mode")?.trim().toLowerCase();
  const isStopped = given === undefined ? isTrue(options.get("stopasgroup")) : given !== "process";
  const isKilled = isStopped || (given === undefined && isTrue(options.get("killasgroup")));
  const mode = isStopped ? "control-group" : isKilled ? "mixed" : "process";
  return [`KillMode=${mode}`, `TimeoutStopSec=${options.get("stopwaitsecs") ?? "10"}`];
}
