// Files that `tsv doctor` created in repairs of the service, such as drop-ins of its unit: they are removed with the service.

import { isBelow } from "./paths.ts";
import type { PlannedStep, Step } from "./steps.ts";
import type { InstallWorld } from "./world.ts";

/** Files and directories that doctor's repairs created, and the directory of its records. */
export interface Repaired {
  readonly records: string;
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly directories: readonly string[];
}

/** Steps that remove them if they are unchanged. @param trees directories that are removed completely anyway */
export function repairedSteps(
  repaired: Repaired | null,
  world: InstallWorld,
  trees: ReadonlySet<string>,
): readonly PlannedStep[] {
  if (repaired === null) return [];
  const { records, files, directories } = repaired;
  const isDirectory = (path: string): boolean =>
    world.look(path).kind === "directory" && !isBelow(path, trees);
  const made = "created by tsv doctor";
  return [
    ...files.flatMap(({ path, sha256 }) => {
      const found = world.look(path);
      const isAsLeft = found.kind === "file" && found.sha256 === sha256;
      return isAsLeft ? [planned({ kind: "remove", path, what: made }, made, "removed")] : [];
    }),
    ...directories
      .filter(isDirectory)
      .map((path) => planned({ kind: "remove-empty", path }, made, "removed if it is empty")),
    ...(isDirectory(records)
      ? [planned({ kind: "remove-tree", path: records }, "records of tsv doctor", "removed")]
      : []),
  ];
}

function planned(step: Step, now: string, will: string): PlannedStep {
  return { step, now, will, edited: null, mayFail: false };
}
