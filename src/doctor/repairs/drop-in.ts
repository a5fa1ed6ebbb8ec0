// Changes settings of a service of systemd: in a drop-in, or in its unit if tsv wrote that.

import type { PlannedStep } from "../../install/plan/steps.ts";
import type { Probe } from "../facts/probe.ts";
import type { ServiceState } from "../facts/situation.ts";
import { dropInDirectory, unitSetting, unitTexts } from "../facts/unit-files.ts";
import type { Fix } from "../model.ts";
import { directoryStep, repairStep } from "./repairs.ts";
import { shellLine } from "./shell-quoting.ts";

/** The contents of a drop-in. */
export interface DropIn {
  /** One word for the name of its file: "stop", "limits". Unique for each check. */
  readonly word: string;
  /** The reason, as a comment in the file. */
  readonly because: string;
  readonly section: "Unit" | "Service";
  readonly lines: readonly string[];
}

/** Writes a drop-in that is read after all others, and makes systemd reload. */
export function dropIn(as: "A" | "B", service: ServiceState, wanted: DropIn, probe: Probe): Fix {
  const { word, because, section, lines } = wanted;
  const directory = dropInDirectory(service);
  const path = `${directory}/zz-tsv-doctor-${word}.conf`;
  const unit = service.file === null ? null : probe.look(service.file.path);
  const { uid, gid } = service.scope === "user" && unit?.ok === true ? unit : { uid: 0, gid: 0 };
  const [user = "root", group = "root"] = probe.ownerName(uid, gid).split(":");
  const text = `# ${because} Written by \`tsv doctor\`.\n[${section}]\n${lines.join("\n")}\n`;
  const owner = { user, group };
  const file = repairStep(
    { kind: "file", path, text, mode: 0o644, owner, what: "drop-in of the unit" },
    probe.look(path).ok ? "different" : "missing",
    `drop-in with ${lines.join(", ")}`,
  );
  const made = probe.look(directory).ok
    ? []
    : [directoryStep(directory, { mode: 0o755, uid, gid }, probe)];
  const edit = [...systemctl(service), "edit", service.name].join(" ");
  return {
    class: as,
    commands: [`${edit}   # and write there: [${section}] ${lines.join(" and ")}`],
    steps: [reloadOnUndo(service), ...made, file, ...reload(service).steps],
  };
}

/**
 * Changes a setting in [Service]: in the unit if tsv wrote it and the installer would write the same, otherwise in a drop-in. A
 * value that was set by hand is intentional, and requires a confirmation.
 * @param line "TasksMax=infinity"
 * @param because the reason, as a comment in the drop-in
 */
export function setting(service: ServiceState, line: string, because: string, probe: Probe): Fix {
  const [key = ""] = line.split("=");
  const present = unitSetting(unitTexts(service, probe), "Service", key);
  const unit = service.file?.path ?? null;
  const isElsewhere = present !== null && present.path !== unit;
  const steps = service.restoration?.steps ?? [];
  const rewrite = steps.find(({ step }) => step.kind === "file" && step.path === unit);
  if (!isElsewhere && rewrite?.edited === null && rewrite.step.kind === "file") {
    if (rewrite.step.text.split("\n").includes(line)) {
      return { class: "A", commands: ["tsv install --boot"], steps };
    }
  }
  const isByHand = isElsewhere || (present !== null && !isUntouched(service, rewrite));
  const wanted: DropIn = { word: key.toLowerCase(), because, section: "Service", lines: [line] };
  return dropIn(isByHand ? "B" : "A", service, wanted, probe);
}

/** Written by `tsv install` or installed by a package, and not edited since. */
function isUntouched({ file, manifest }: ServiceState, rewrite: PlannedStep | undefined): boolean {
  if (file === null || (rewrite !== undefined && rewrite.edited !== null)) return false;
  return (
    file.isPackaged ||
    manifest?.entries.some((entry) => entry.kind === "file" && entry.path === file.path) === true
  );
}

/** Makes systemd read changed files. Does not affect running services. */
export function reload(service: Pick<ServiceState, "scope">): Fix {
  const argv = [...systemctl(service), "daemon-reload"];
  const what = "make systemd reload its units";
  const step = repairStep({ kind: "command", argv, undo: null, what }, "", what);
  return { class: "A", commands: [shellLine(argv)], steps: [step] };
}

/** The same after an undo has restored the files: the first step is undone last. */
function reloadOnUndo(service: Pick<ServiceState, "scope">): PlannedStep {
  const argv = [...systemctl(service), "daemon-reload"];
  return repairStep({ kind: "on-undo", argv, what: argv.join(" "), mayFail: false }, "", "");
}

function systemctl({ scope }: Pick<ServiceState, "scope">): readonly string[] {
  return scope === "user" ? ["systemctl", "--user"] : ["systemctl"];
}
