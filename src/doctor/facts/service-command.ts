// What a service starts: read from its unit with its drop-ins, or from its script, as its init system would read them.

import { splitCommand } from "../../core/config/posix-lexer.ts";
import type { Probe } from "./probe.ts";
import type { ServiceState, Situation } from "./situation.ts";
import { unitSetting, unitTexts } from "./unit-files.ts";

/** What a service starts. */
export interface ServiceCommandLine {
  readonly executable: string;
  /** null: the daemon searches for it. */
  readonly config: string | null;
}

/** null when there is no file, or it starts something in a way that cannot be read. */
export function serviceCommand(service: ServiceState, probe: Probe): ServiceCommandLine | null {
  const { file, init, layout } = service;
  if (file === null) return null;
  if (init === "systemd") return unitCommand(service, probe);
  const assigned = assignedCommand([file.text, settingsOf(layout, probe)]);
  return assigned ?? spokenCommand(file.text);
}

/** Whether the configuration that is examined is the service's; another one has nothing to do with it. */
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
  // What stands before the path says how it is run (systemd.service(5), "Special executable prefixes").
  const executable = first.replace(/^[-@:+!|]+/, "");
  if (!executable.startsWith("/") || executable.includes(UNKNOWN)) return null;
  return { executable, config: configIn(rest.map((word) => word.replaceAll("$$", "$"))) };
}

/** Stands for a specifier that only systemd can expand: `%i`. */
const UNKNOWN = "\0";

function withoutSpecifiers(word: string): string {
  return word.replaceAll(/%(.?)/g, (_, letter: string) => (letter === "%" ? "%" : UNKNOWN));
}

/** What `tsv install` settles on a host where a package brought the script. */
function settingsOf({ configDirectory }: ServiceState["layout"], probe: Probe): string {
  return probe.readText(`${configDirectory}/boot.env`) ?? "";
}

/** SysV init: two variables; those of the settings come later. */
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
  // OpenRC's words stand quoted in an assignment: they are words once more.
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
