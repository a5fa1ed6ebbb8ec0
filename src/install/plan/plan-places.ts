// The parts of an installation that do not depend on the service: the executable, its configuration, its directories.

import { describeAccess } from "./describe.ts";
import type { PlanInput } from "./plan-input.ts";
import type { Planner } from "./planner.ts";
import { isByHand } from "./service-there.ts";
import type { Owner, Step } from "./steps.ts";

const ROOT: Owner = { user: "root", group: "root" };

/** The owners of the files of an installation. */
export function ownerOf({ request, self }: PlanInput): Owner {
  return request.scope === "system" ? ROOT : self;
}

/** The files that the daemon needs, with or without a service. */
export function planPlaces(planner: Planner, input: PlanInput): void {
  const { request, layout, executable, defaults, self } = input;
  const isSystem = request.scope === "system";
  const owner = ownerOf(input);
  const shared: Owner = isSystem ? { user: "root", group: request.group } : self;
  // Public, because it contains no secrets, except for the kept copies of other files.
  planner.directory(layout.stateDirectory, isSystem ? 0o755 : 0o700, owner);
  if (isSystem) planner.group(request.group);
  if (executable.from !== executable.path) {
    planner.directory(directoryOf(executable.path), 0o755, owner);
  }
  planner.copy(executable.from, executable.path, executable.sha256);
  planDocuments(planner, input);
  // Both may contain passwords; users of ctl have to read the path of the socket.
  const access = { mode: isSystem ? 0o640 : 0o600, owner: shared, isTheirs: true };
  if (defaults.config !== null) {
    planner.directory(layout.configDirectory, 0o755, owner);
    planner.directory(layout.includeDirectory, 0o755, owner);
    planner.file({
      path: layout.config,
      text: defaults.config,
      what: "configuration",
      ...access,
    });
  }
  planner.directory(layout.logDirectory, isSystem ? 0o750 : 0o700, shared);
  if (isByHand(input)) planRunDirectory(planner, input);
  if (defaults.environment !== null && layout.environmentFile !== null) {
    planner.directory(directoryOf(layout.environmentFile), 0o755, owner);
    planner.file({
      path: layout.environmentFile,
      text: defaults.environment,
      what: "settings of the service",
      ...access,
    });
  }
}

function planDocuments(planner: Planner, input: PlanInput): void {
  const owner = ownerOf(input);
  const { documents = [] } = input;
  // A repair looks at none, and beside a package they are not wanted.
  if (documents.length === 0) planner.keepBelow(input.layout.shareDirectory);
  for (const { path, text, what } of documents) {
    planner.sharedDirectory(directoryOf(path), owner);
    planner.document({ path, text, mode: 0o644, owner, what, isTheirs: false });
  }
}

/** Init systems create it at each start. It is not in the manifest, because a boot may delete it. */
function planRunDirectory(planner: Planner, input: PlanInput): void {
  const { layout, request, defaults, world } = input;
  if (defaults.config === null || world.look(layout.runDirectory).kind !== "missing") return;
  const parent = directoryOf(layout.runDirectory);
  const { kind } = world.look(parent);
  const isThere = kind === "directory" || (kind === "link" && world.leadsToDirectory(parent));
  if (!isThere && parent !== layout.stateDirectory) return;
  const mode = request.scope === "system" ? 0o755 : 0o700;
  const owner = ownerOf(input);
  const step: Step = { kind: "directory", path: layout.runDirectory, mode, owner };
  planner.add(step, { now: "missing", will: `directory, ${describeAccess(mode, owner)}` });
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
