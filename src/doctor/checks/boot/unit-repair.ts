// Changes a setting of the service: in the unit if tsv wrote it and the installer would write the same, otherwise in a drop-in.

import type { PlannedStep } from "../../../install/plan/steps.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ServiceState } from "../../facts/situation.ts";
import {
  type DropIn,
  dropInCommands,
  dropInSteps,
  unitSetting,
  unitTexts,
} from "../../facts/unit-files.ts";
import type { Repair } from "../../model.ts";

/** The repair of one setting in `[Service]`. */
export function settingRepair(
  service: ServiceState,
  advice: string,
  dropIn: DropIn,
  probe: Probe,
): Repair {
  const [key = ""] = (dropIn.lines[0] ?? "").split("=");
  const setting = unitSetting(unitTexts(service, probe), dropIn.section, key);
  const unit = service.file?.path ?? null;
  const isElsewhere = setting !== null && setting.path !== unit;
  const steps = service.restoration?.steps ?? [];
  const rewrite = steps.find(({ step }) => step.kind === "file" && step.path === unit);
  if (!isElsewhere && rewrite?.edited === null && rewritesSetting(rewrite.step, dropIn)) {
    return { class: "A", advice, commands: ["tsv install --boot"], steps };
  }
  return {
    // A value that was set by hand is intentional.
    class: isElsewhere || (setting !== null && !isUntouched(service, rewrite)) ? "B" : "A",
    advice,
    commands: dropInCommands(service, dropIn),
    steps: dropInSteps(service, dropIn, probe),
  };
}

function rewritesSetting(
  step: { readonly kind: string; readonly text?: string },
  dropIn: DropIn,
): boolean {
  const lines = (step.text ?? "").split("\n");
  return dropIn.lines.every((line) => lines.includes(line));
}

/** Written by `tsv install` or installed by a package, and not edited since. */
function isUntouched({ file, manifest }: ServiceState, rewrite: PlannedStep | undefined): boolean {
  if (file === null || (rewrite !== undefined && rewrite.edited !== null)) return false;
  return (
    file.isPackaged ||
    manifest?.entries.some((entry) => entry.kind === "file" && entry.path === file.path) === true
  );
}
