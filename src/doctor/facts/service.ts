// What the files of a service say: its command, from its unit with drop-ins or from its script, as its init system reads them,
// its environment, and the sandbox of its unit.

import { parseDaemonArguments } from "../../core/command-line/arguments.ts";
import { splitPath } from "../../core/config/paths.ts";
import { splitCommand } from "../../core/config/posix-lexer.ts";
import { NOWHERE } from "../../core/config/reading.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import type { ServiceFile } from "../../install/services/init-system.ts";
import { hasUnits } from "../../install/services/registry.ts";
import type { DoctorFacts, ServiceState } from "./doctor-facts.ts";
import { isSamePath, type Probe } from "./probe.ts";

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
  // The settings that `tsv install` writes if the script is from a package.
  const settings = probe.readText(`${layout.configDirectory}/boot.env`) ?? "";
  return assignedCommand(`${file.text}\n${settings}`) ?? commandLineIn(file.text);
}

/** The configuration that the service runs with; null if it is unknown. */
export function serviceConfig(service: ServiceState, probe: Probe): string | null {
  return serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
}

/** Whether the examined configuration is that of the service; otherwise the service is unrelated. */
export function isOfService({ service, config, probe }: DoctorFacts): boolean {
  const started = serviceConfig(service, probe);
  return started === null || config.path === null || isSamePath(started, config.path, probe);
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

/** SysV init: two variables; those of the settings override them. */
function assignedCommand(text: string): ServiceCommandLine | null {
  const lines = text.split("\n");
  const assigned = (name: string): string | null => {
    const line = lines.findLast((one) => one.startsWith(`${name}=`));
    const words = line === undefined ? null : splitCommand(line.slice(name.length + 1));
    return words?.ok === true ? (words.value[0] ?? null) : null;
  };
  const executable = assigned("executable");
  return executable?.startsWith("/") === true ? { executable, config: assigned("config") } : null;
}

/** OpenRC, runit, s6, launchd: `… /usr/bin/tsv daemon -n -s -c /etc/tsv/tsv.conf …` in one line. */
function commandLineIn(text: string): ServiceCommandLine | null {
  for (const line of text.split("\n")) {
    const words = splitCommand(line);
    const found = words.ok ? fromWords(words.value) : null;
    if (found !== null) return found;
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

// The environment of a service when its daemon starts: the variables of its init system and of its settings file.

/** The PATH that systemd, SysV init, OpenRC and tsv's own scripts set for services. */
const SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @param settings text of the settings file, null if there is none */
export function serviceEnvironment(
  { properties }: Pick<ServiceState, "properties">,
  settings: string | null,
): Readonly<Record<string, string>> {
  const unit = (properties["Environment"] ?? "").replaceAll(/ (?=[A-Za-z_]\w*=)/g, "\n");
  return { PATH: SERVICE_PATH, ...assignments(unit), ...assignments(settings ?? "") };
}

/** `NAME=value` lines, quoted or not, as EnvironmentFile= of systemd.exec(5) and `.` of a shell read simple ones. */
export function assignments(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(.*)$/gm);
  return Object.fromEntries(
    Array.from(pairs, ([, name = "", value = ""]) => [
      name,
      value.trim().replace(/^(["'])(.*)\1$/, "$2"),
    ]),
  );
}

/** Why the daemon would reject the options of a settings file; null if it accepts them, or if there are none. */
export function refusedDaemonOptions(settings: string): string | null {
  const written = assignments(settings)["DAEMON_OPTS"] ?? "";
  const words = splitCommand(written);
  // A shell may expand it to something else.
  if (written === "" || /[$`\\]/.test(written) || !words.ok) return null;
  const parsed = parseDaemonArguments(["tsv", ...words.value], NO_HOST);
  return parsed.ok ? null : parsed.error;
}

/** Only the words are checked; other checks examine the directories and users that they name. */
const NO_HOST: ConfigWorld = {
  ...NOWHERE,
  exists: () => true,
  isDirectory: () => true,
  findUser: () => ({ name: "root", uid: 0, gid: 0, home: "/" }),
};

// The unit of a service and its drop-ins as text.

export type UnitText = Pick<ServiceFile, "path" | "text">;

/** The unit, then its drop-ins in the order in which systemd reads them; empty for other init systems. */
export function unitTexts(service: ServiceState, probe: Probe): readonly UnitText[] {
  const { file, init, properties } = service;
  if (file === null || !hasUnits(init)) return [];
  const directory = dropInDirectory(service);
  // systemd reports those that it has read; a drop-in that was just written is not among them.
  const reported = (properties["DropInPaths"] ?? "").split(" ");
  const present = (probe.list(directory) ?? []).map((name) => `${directory}/${name}`);
  const paths = Array.from(new Set([...reported, ...present]))
    .filter((path) => path.endsWith(".conf"))
    .sort((left, right) => (splitPath(left).tail < splitPath(right).tail ? -1 : 1));
  const texts = paths.map((path) => ({ path, text: probe.readText(path) ?? "" }));
  return [{ path: file.path, text: file.text }, ...texts];
}

/** The effective value of a setting: the last one. An empty value resets it. */
export function unitSetting(texts: readonly UnitText[], section: string, key: string) {
  const last = unitSettings(texts, section, key).at(-1);
  return last === undefined || last.value === "" ? null : last;
}

/** All values of a setting, in the order of reading, with their files. */
function unitSettings(texts: readonly UnitText[], section: string, key: string) {
  return texts.flatMap(({ path, text }) => {
    let current = "";
    return text
      .replaceAll(/\\\n/g, " ")
      .split("\n")
      .flatMap((line) => {
        current = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? current;
        const [, name, value = ""] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
        return current === section && name === key ? [{ path, value }] : [];
      });
  });
}

/** A time span as systemd writes it, "1min 30s", in seconds; Infinity for "infinity"; null for anything else. */
export function spanSeconds(text: string): number | null {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(text)) return Number(text);
  const spans = text.split(" ").map((word) => {
    const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(word) ?? [];
    return Number(amount) * (UNIT_SECONDS[unit] ?? Number.NaN);
  });
  const seconds = spans.reduce((total, span) => total + span, 0);
  return Number.isNaN(seconds) ? null : seconds;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
};

/** The directory for the administrator's drop-ins of the service. */
export function dropInDirectory({ file, name, scope }: ServiceState): string {
  return scope === "user" && file !== null
    ? `${file.path}.d`
    : `/etc/systemd/system/${name}.service.d`;
}

// The file system sandbox of a systemd unit: paths that are read-only or inaccessible for the daemon and its programs,
// regardless of owners and modes. Source: systemd.exec(5), "Sandboxing".

export interface SandboxRule {
  readonly root: string;
  /** "ProtectSystem=strict". */
  readonly setting: string;
  /** It is inaccessible, so ReadWritePaths= does not help. */
  readonly isHidden: boolean;
}

const YES = /^(?:yes|true|on|1)$/i;
/** Writable directories that systemd creates for a service. */
const CREATED = {
  LogsDirectory: "/var/log",
  StateDirectory: "/var/lib",
  CacheDirectory: "/var/cache",
  RuntimeDirectory: "/run",
} as const;

/** Reads the sandbox of a unit with its drop-ins. */
export function readSandbox(texts: readonly UnitText[]) {
  const all = (...keys: readonly string[]): readonly string[] =>
    keys.flatMap((key) => unitSettings(texts, "Service", key).map(({ value }) => value));
  const last = (key: string): string => all(key).at(-1) ?? "";
  const closed = [
    ...protectSystem(last("ProtectSystem").toLowerCase()),
    ...protectHome(last("ProtectHome").toLowerCase()),
    ...paths(all("ReadOnlyPaths", "ReadOnlyDirectories")).map((root) => {
      return { root, setting: `ReadOnlyPaths=${root}`, isHidden: false };
    }),
  ];
  const open = [
    ...paths(all("ReadWritePaths", "ReadWriteDirectories")),
    ...Object.entries(CREATED).flatMap(([key, parent]) =>
      paths(all(key)).map((name) => `${parent}/${name.split(":")[0] ?? ""}`),
    ),
    ...(YES.test(last("PrivateTmp")) ? ["/tmp", "/var/tmp"] : []),
  ];
  return {
    /** The restricted directory and the setting that restricts it; null if the path is writable. */
    closes(path: string): SandboxRule | null {
      const [nearest] = closed
        .filter(({ root }) => isIn(path, root))
        .sort((left, right) => right.root.length - left.root.length);
      if (nearest === undefined) return null;
      const isOpen = open.some((root) => isIn(path, root) && root.length >= nearest.root.length);
      return isOpen && !nearest.isHidden ? null : nearest;
    },
  };
}

function protectSystem(value: string): readonly SandboxRule[] {
  const setting = `ProtectSystem=${value}`;
  const partial = ["/usr", "/boot", "/efi"];
  const others: Readonly<Record<string, readonly string[]>> = {
    full: [...partial, "/etc"],
    strict: ["/"],
  };
  const roots = YES.test(value) ? partial : (others[value] ?? []);
  return roots.map((root) => ({ root, setting, isHidden: false }));
}

function protectHome(value: string): readonly SandboxRule[] {
  const isHidden = YES.test(value) || value === "tmpfs";
  if (!isHidden && value !== "read-only") return [];
  const setting = `ProtectHome=${value}`;
  return ["/home", "/root", "/run/user"].map((root) => ({ root, setting, isHidden }));
}

/** The file systems of the kernel are not affected. */
function isIn(path: string, root: string): boolean {
  if (root === "/") return !/^\/(?:dev|proc|sys)(?:\/|$)/.test(path);
  return path === root || path.startsWith(`${root}/`);
}

/** Words of all values; an empty value resets the list. */
function paths(values: readonly string[]): readonly string[] {
  return values
    .slice(values.lastIndexOf("") + 1)
    .flatMap((value) => value.split(/\s+/))
    .map((word) => word.replace(/^[-+]+/, "").replace(/(.)\/+$/, "$1"));
}
