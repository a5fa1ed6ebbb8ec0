// The command of a service: read from its unit with drop-ins, or from its script, as its init system reads them.

import { splitCommand } from "../../core/config/posix-lexer.ts";
import { hasUnits } from "../../install/services/registry.ts";
import type { Probe } from "./probe.ts";
import type { ServiceState, Situation } from "./situation.ts";
import { unitSetting, unitTexts } from "./unit-files.ts";

/** The command of a service. */
export interface ServiceCommandLine {
  readonly executable: string;
  /** null: the daemon searches the default paths. */
  readonly config: string | null;
}

/** null if there is no file, or if its command cannot be parsed. */
export function serviceCommand(service: ServiceState, probe: Probe): ServiceCommandLine | null {
  const { file, init, layout } = service;
  if (file === null) return null;
  if (hasUnits(init)) return unitCommand(service, probe);
  const assigned = assignedCommand([file.text, settingsOf(layout, probe)]);
  return assigned ?? spokenCommand(file.text);
}

/** Whether the examined configuration is that of the service; otherwise the service is unrelated. */
export function isOfService({ service, config }: Situation, probe: Probe): boolean {
  const started = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  if (started === null || config.path === null || started === config.path) return true;
  return (probe.realPath(started) ?? started) === probe.realPath(config.path);
}

function unitCommand(service: ServiceState, probe: Probe): ServiceCommandLine | null {
  const setting = unitSetting(unitTexts(service, probe), "Service", "ExecStart");
  const words = setting === null ? null : splitCommand(setting.value);
  if (words === null || !words.ok) return null;
  const [first = "", ...rest] = words.value.map(withoutSpecifiers);
  // Prefixes of the path: systemd.service(5), "Special executable prefixes".
  const executable = first.replace(/^[-@:+!|]+/, "");
  if (!executable.startsWith("/") || executable.includes(UNKNOWN)) return null;
  return { executable, config: configIn(rest.map((word) => word.replaceAll("$$", "$"))) };
}

/** Replaces a specifier that only systemd can expand: `%i`. */
const UNKNOWN = "\0";

function withoutSpecifiers(word: string): string {
  return word.replaceAll(/%(.?)/g, (_, letter: string) => (letter === "%" ? "%" : UNKNOWN));
}

/** The settings that `tsv install` writes if the script is from a package. */
function settingsOf({ configDirectory }: ServiceState["layout"], probe: Probe): string {
  return probe.readText(`${configDirectory}/boot.env`) ?? "";
}

/** SysV init: two variables; those of the settings override them. */
function assignedCommand(texts: readonly string[]): ServiceCommandLine | null {
  const lines = texts.join("\n").split("\n");
  const assigned = (name: string): string | null => {
    const line = lines.findLast((one) => one.startsWith(`${name}=`));
    const words = line === undefined ? null : splitCommand(line.slice(name.length + 1));
    return words?.ok === true ? (words.value[0] ?? null) : null;
  };
  const executable = assigned("executable");
  return executable?.startsWith("/") === true ? { executable, config: assigned("config") } : null;
}

/** OpenRC, runit, s6, launchd: `… /usr/bin/tsv daemon -n -s -c /etc/tsv/tsv.conf …` in one line. */
function spokenCommand(text: string): ServiceCommandLine | null {
  for (const line of text.split("\n")) {
    const words = splitCommand(line);
    const spoken = words.ok ? fromWords(words.value) : null;
    if (spoken !== null) return spoken;
  }
  return null;
}

function fromWords(words: readonly string[]): ServiceCommandLine | null {
  const at = words.indexOf("daemon");
  const executable = words[at - 1];
  if (at > 0 && executable?.startsWith("/") === true) {
    return { executable, config: configIn(words.slice(at + 1)) };
  }
  // In OpenRC scripts, the words are quoted in an assignment.
  const quoted = words.find(
    (word) => word.startsWith("command_args=") && word.includes(" daemon "),
  );
  const inner = quoted === undefined ? null : splitCommand(quoted.slice("command_args=".length));
  return inner?.ok === true ? fromWords(inner.value) : null;
}

function configIn(words: readonly string[]): string | null {
  const at = words.findIndex((word) => word === "-c" || word === "--configuration");
  const path = at < 0 ? undefined : words[at + 1];
  return path?.startsWith("/") === true && !path.includes(UNKNOWN) ? path : null;
}
