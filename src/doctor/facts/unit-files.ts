// The unit of a service and its drop-ins as text: reads settings and writes drop-ins.

import type { PlannedStep } from "../../install/plan/steps.ts";
import { hasUnits } from "../../install/services/registry.ts";
import { directoryStep, repairStep } from "../repairs/repairs.ts";
import type { Probe } from "./probe.ts";
import type { ServiceState } from "./situation.ts";

export interface UnitText {
  readonly path: string;
  readonly text: string;
}

interface UnitSetting {
  readonly value: string;
  /** The file with the last value. */
  readonly path: string;
}

/** The unit, then its drop-ins in the order in which systemd reads them; empty for other init systems. */
export function unitTexts(service: ServiceState, probe: Probe): readonly UnitText[] {
  const { file, init, properties } = service;
  if (file === null || !hasUnits(init)) return [];
  const reported = (properties["DropInPaths"] ?? "").split(" ").filter((path) => path !== "");
  const near = probe
    .list(dropInDirectory(service))
    ?.map((name) => `${dropInDirectory(service)}/${name}`);
  // systemd reports those that it has read; a drop-in that was just written is not among them.
  const paths = Array.from(new Set([...reported, ...(near ?? [])])).filter((path) =>
    path.endsWith(".conf"),
  );
  const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  paths.sort((left, right) => (name(left) < name(right) ? -1 : 1));
  const texts = paths.map((path) => ({ path, text: probe.readText(path) ?? "" }));
  return [{ path: file.path, text: file.text }, ...texts];
}

/** The effective value of a setting: the last one. An empty value resets it. */
export function unitSetting(
  texts: readonly UnitText[],
  section: string,
  key: string,
): UnitSetting | null {
  let found: UnitSetting | null = null;
  for (const { path, text } of texts) {
    let here = "";
    for (const line of text.replaceAll(/\\\n/g, " ").split("\n")) {
      const header = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
      if (header !== undefined) here = header;
      const option = here === section ? /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) : null;
      if (option?.[1] !== key) continue;
      const value = option[2] ?? "";
      found = value === "" ? null : { value, path };
    }
  }
  return found;
}

/** A time span as systemd writes it, "1min 30s", in seconds; Infinity for "infinity"; null for anything else. */
export function spanSeconds(text: string): number | null {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  if (/^\d+$/.test(text)) return Number(text);
  let seconds = 0;
  for (const word of text.split(" ")) {
    const match = /^(\d+(?:\.\d+)?)(us|ms|s|min|h|d|w|month|y)$/.exec(word);
    if (match === null) return null;
    seconds += Number(match[1]) * (UNIT_SECONDS.get(match[2] ?? "") ?? 0);
  }
  return seconds;
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ["us", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
  ["min", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
  ["month", 2_629_800],
  ["y", 31_557_600],
]);

/** The directory for the administrator's drop-ins of the service. */
function dropInDirectory({ file, name, scope }: ServiceState): string {
  return scope === "user" && file !== null
    ? `${file.path}.d`
    : `/etc/systemd/system/${name}.service.d`;
}

/** `systemctl daemon-reload`, with --user for a user service. */
export function reloadCommand({ scope }: Pick<ServiceState, "scope">): readonly string[] {
  return ["systemctl", ...(scope === "user" ? ["--user"] : []), "daemon-reload"];
}

/** Makes systemd read changed files. Does not affect running services. */
export function reloadStep(service: Pick<ServiceState, "scope">): PlannedStep {
  const what = "make systemd reload its units";
  return repairStep({ kind: "command", argv: reloadCommand(service), undo: null, what }, "", what);
}

/** The same after an undo has restored the files: the first step is undone last. */
function reloadOnUndo(service: Pick<ServiceState, "scope">): PlannedStep {
  const argv = reloadCommand(service);
  return repairStep({ kind: "on-undo", argv, what: argv.join(" "), mayFail: false }, "", "");
}

/** The contents of a drop-in. */
export interface DropIn {
  /** One word for the name of its file: "stop", "limits". Unique for each check. */
  readonly word: string;
  /** The reason, as a comment in the file. */
  readonly because: string;
  readonly section: "Unit" | "Service";
  readonly lines: readonly string[];
}

/** Steps that write it so that it is read after all others, and make systemd reload. */
export function dropInSteps(
  service: ServiceState,
  dropIn: DropIn,
  probe: Probe,
): readonly PlannedStep[] {
  const directory = dropInDirectory(service);
  const path = dropInPath(service, dropIn);
  const unit = service.file === null ? null : probe.look(service.file.path);
  const { uid, gid } = service.scope === "user" && unit?.ok === true ? unit : { uid: 0, gid: 0 };
  const [user = "root", group = "root"] = probe.ownerName(uid, gid).split(":");
  const file: PlannedStep = repairStep(
    {
      kind: "file",
      path,
      text: dropInText(dropIn),
      mode: 0o644,
      owner: { user, group },
      what: "drop-in of the unit",
    },
    probe.look(path).ok ? "different" : "missing",
    `drop-in with ${dropIn.lines.join(", ")}`,
  );
  const made = probe.look(directory).ok
    ? []
    : [directoryStep(directory, { mode: 0o755, uid, gid }, probe)];
  return [reloadOnUndo(service), ...made, file, reloadStep(service)];
}

function dropInPath(service: ServiceState, { word }: DropIn): string {
  return `${dropInDirectory(service)}/zz-tsv-doctor-${word}.conf`;
}

function dropInText({ because, section, lines }: DropIn): string {
  return `# ${because} Written by \`tsv doctor\`.\n[${section}]\n${lines.join("\n")}\n`;
}

/** The same as commands. */
export function dropInCommands(
  service: ServiceState,
  { section, lines }: DropIn,
): readonly string[] {
  const user = service.scope === "user" ? " --user" : "";
  return [
    `systemctl${user} edit ${service.name}   # and write there: [${section}] ${lines.join(" and ")}`,
  ];
}
