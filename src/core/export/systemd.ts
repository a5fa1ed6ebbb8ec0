// A program as a unit of systemd: systemd.service(5), systemd.exec(5), systemd.kill(5).

import { joinPath } from "../config/paths.ts";
import { splitCommand } from "../config/posix-lexer.ts";
import { REDACTED } from "../redact/secret-names.ts";
import {
  type Export,
  type ExportedProgram,
  hasExpansion,
  namesVariable,
  variablesOf,
} from "./exported.ts";
import { instancesOf, unitsOf } from "./systemd-units.ts";

/** Lines of the sections of a unit. */
interface Unit {
  readonly unit: string[];
  readonly service: string[];
}

/** Of a value in a configuration: `%%` means the same, `%(process_num)d` is the name of an instance, other signs are plain. */
function specified(value: string): string {
  return value.replace(/%%|%\(process_num\)[-+ #0]*\d*[sd]|%/g, (found) =>
    found.startsWith("%(") ? "%i" : "%%",
  );
}

/** A word of a command line: systemd replaces `$`, and reads quotes and backslashes as C does. */
function word(text: string): string {
  const escaped = specified(text).replaceAll("$", "$$$$");
  return /^[\w./:=@+,%$-]+$/.test(escaped) ? escaped : quoted(escaped);
}

function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

function output(value: string): string | null {
  const lower = value.toLowerCase();
  if (lower === "none" || lower === "off") return "null";
  if (["auto", "@journal", "syslog", "@stdout", "@stderr"].includes(lower)) return "journal";
  return value === "/dev/stdout" || value === "/dev/stderr"
    ? "journal"
    : `append:${specified(value)}`;
}

/** `Requires=` and `After=` of `db:ready, cache`. @returns a reason why there are none */
function relation(
  directive: "Requires" | "PartOf",
  value: string,
  { unit }: Unit,
  sections: ExportedProgram["sections"],
): string | undefined {
  // Of each process, another one.
  if (hasExpansion(value)) return "it has an expansion: name the instances";
  const names = value
    .split(",")
    .map((item) => item.trim().replace(/:(?:running|ready|completed)$/, ""))
    .filter((name) => name !== "");
  const units = names.flatMap((name) => unitsOf(name, sections)).join(" ");
  if (units !== "") unit.push(`${directive}=${units}`, `After=${units}`);
  return undefined;
}

/** Each option with a counterpart. @returns a reason why this value has none */
const WRITERS: Readonly<
  Record<
    string,
    (value: string, unit: Unit, sections: ExportedProgram["sections"]) => string | undefined
  >
> = {
  directory: (value, { service }) => void service.push(`WorkingDirectory=${specified(value)}`),
  user: (value, { service }) => void service.push(`User=${value}`),
  umask: (value, { service }) => void service.push(`UMask=${value.padStart(4, "0")}`),
  env_file(value, { service }) {
    for (const item of value.split(/[,\n]/).map((one) => one.trim())) {
      const path = specified(item.replace(/^\?\s*/, ""));
      if (item !== "") service.push(`EnvironmentFile=${item.startsWith("?") ? "-" : ""}${path}`);
    }
    return undefined;
  },
  type: (value, { service }) => {
    if (value === "oneshot") service.push("Type=oneshot");
    return undefined;
  },
  ready_check(value, { service }) {
    if (value !== "notify") return "systemd waits for Type=notify only";
    service.push("Type=notify");
    return undefined;
  },
  stopsignal: (value, { service }) =>
    void service.push(`KillSignal=SIG${value.trim().toUpperCase().replace(/^SIG/, "")}`),
  max_age: (value, { service }) => void service.push(`RuntimeMaxSec=${value}`),
  restart_delay: (value, { service }) => void service.push(`RestartSec=${value}`),
  restart_limit(value, { unit }) {
    const [count = "", time = ""] = value.split("/");
    unit.push(`StartLimitBurst=${count.trim()}`, `StartLimitIntervalSec=${time.trim()}`);
    return undefined;
  },
  depends_on: (value, unit, sections) => relation("Requires", value, unit, sections),
  restart_with: (value, unit, sections) => relation("PartOf", value, unit, sections),
  stdout_logfile: (value, { service }) => void service.push(`StandardOutput=${output(value)}`),
  stderr_logfile: (value, { service }) => void service.push(`StandardError=${output(value)}`),
};

/** Options that the text of the unit as a whole has. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...(["command", "environment", "autostart", "autorestart", "exitcodes", "numprocs"] as const),
  "numprocs_start",
  ...(["process_name", "stopasgroup", "killasgroup", "stopwaitsecs", "redirect_stderr"] as const),
]);

/** What to use instead. */
const REASONS: Readonly<Record<string, string>> = {
  schedule: "write a timer with OnCalendar=",
  max_memory: "MemoryMax= is a limit, which ends the program at once",
  health_check: "WatchdogSec= needs a program that reports to it",
  startretries: "StartLimitBurst= counts all restarts",
  priority: "Before= and After= order units",
  env_command: "ExecStartPre= can write a file for EnvironmentFile=",
};
const NONE = "systemd has no counterpart";

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
  const words = splitCommand(command);
  const [first = "", ...others] = words.ok ? words.value : [command];
  // systemd takes no path that is relative to the working directory.
  const path = first.includes("/") ? joinPath(options.get("directory") ?? "", first) : first;
  lines.service.push(`ExecStart=${[path, ...others].map(word).join(" ")}`);
  if (path.includes("/") && !path.startsWith("/")) lacks("command", "write its whole path");
  if (command.includes(REDACTED)) lacks("command", "it has a secret, which is not shown");
  for (const [key, value] of options) {
    if (namesVariable(value)) lacks(key, "it has a variable of the daemon");
    if (ELSEWHERE.has(key)) continue;
    const write = WRITERS[key];
    const reason =
      write === undefined ? (REASONS[key] ?? NONE) : write(value, lines, program.sections);
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
  const install = isTrue(options.get("autostart") ?? "true")
    ? ["", "[Install]", "WantedBy=multi-user.target"]
    : [];
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

function isTrue(value: string | undefined): boolean {
  return /^(?:true|yes|on|1|t|y)$/i.test(value?.trim() ?? "");
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
  const isStopped = isTrue(options.get("stopasgroup"));
  const isKilled = isStopped || isTrue(options.get("killasgroup"));
  const mode = isStopped ? "control-group" : isKilled ? "mixed" : "process";
  return [`KillMode=${mode}`, `TimeoutStopSec=${options.get("stopwaitsecs") ?? "10"}`];
}
