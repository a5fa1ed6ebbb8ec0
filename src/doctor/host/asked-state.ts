// The state of a service as its init system reports it: of a script or property list, or of a unit with its properties.

import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { ownHome } from "../../host/system/identity.ts";
import { runCommand } from "../../install/host/processes.ts";
import { readTextFile } from "../../install/host/safe-files.ts";
import type { InstallFacts, ServicePlan } from "../../install/plan/plan-input.ts";
import type { ServiceFiles } from "../../install/services/init-system.ts";
import { INIT_SYSTEMS } from "../../install/services/registry.ts";
import type { ServiceState } from "../facts/doctor-facts.ts";

/** Facts about a service before its init system is queried. */
export interface KnownService {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly facts: InstallFacts;
  /** As installed; otherwise as a package or `tsv install` would install it. */
  readonly plan: ServicePlan;
}

/** The state if no init system can be queried. */
export const UNASKED = {
  file: null,
  isEnabled: null,
  isActive: null,
  isMasked: false,
  needsReload: false,
  properties: {},
  commands: null,
  links: [],
} satisfies Partial<ServiceState>;

type AskedState = Pick<ServiceState, keyof typeof UNASKED>;

/** The commands that act on a service. */
function commandsOf({ start, byHand }: ServiceFiles): ServiceState["commands"] {
  const { start: startByHand, restart, enable, disable } = byHand;
  return { start: start.argv, startByHand, restart, enable, disable };
}

/** Whether `tsv install` wrote this file. */
function isRecorded(path: string, { previous }: InstallFacts): boolean {
  return previous?.entries.some((entry) => entry.kind === "file" && entry.path === path) === true;
}

/** If an init system or script takes longer to answer, the state is unknown. */
const PATIENCE_MS = 3000;

/** Asks the init system. */
export function scriptState({ facts, plan }: KnownService): AskedState {
  const { files, init } = plan;
  const { scanner, isStatusForRoot } = INIT_SYSTEMS[init];
  const path = files.mainFile;
  // Without a scanner, a command of the init system checks them.
  const links = scanner === null ? [] : files.links;
  if (!existsSync(path)) return { ...UNASKED, isEnabled: false, isActive: false, links };
  const mayAsk = process.geteuid?.() === 0 || !isStatusForRoot;
  return {
    ...UNASKED,
    file: {
      path,
      text: readTextFile(path) ?? "",
      isPackaged: !isRecorded(path, facts) && facts.mark?.paths.includes(path) === true,
    },
    isEnabled: files.isEnabled === null ? true : answerTo(files.isEnabled),
    isActive: mayAsk ? answerTo(files.isRunning) : null,
    commands: commandsOf(files),
    links,
  };
}

/** null: unknown. */
function answerTo(argv: readonly string[]): boolean | null {
  const { status } = runCommand(argv, PATIENCE_MS);
  return status === null ? null : status === 0;
}

/** The first existing one is used, as in systemd.unit(5). */
const SYSTEM_DIRECTORIES = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** Properties for checks. Environment= may contain passwords: it is used as the programs' environment, and never shown. */
const PROPERTIES = `
  ActiveState ConditionResult DropInPaths Environment ExecMainCode
  ExecMainPID ExecMainStatus FragmentPath InvocationID
  KillMode LimitNOFILE LimitNOFILESoft LimitNPROC LimitNPROCSoft LoadError LoadState
  MainPID MemoryHigh MemoryMax NeedDaemonReload NRestarts OOMPolicy PrivateTmp
  ProtectHome ProtectSystem ReadWritePaths RequiresMountsFor Restart Result
  RuntimeDirectory SubState TasksCurrent TasksMax TimeoutStopUSec Type UnitFileState
  User WantedBy WatchdogUSec WorkingDirectory
`
  .trim()
  .split(/\s+/);

/** Searches the directories of units for the first one that is not a mask. */
export function findUnit(
  name: string,
  scope: "system" | "user",
): { readonly path: string | null; readonly isMasked: boolean } {
  let isMasked = false;
  for (const directory of scope === "system" ? SYSTEM_DIRECTORIES : userDirectories()) {
    const path = `${directory}/${name}.service`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (!stat.isSymbolicLink() || readlinkSync(path) !== "/dev/null") return { path, isMasked };
    isMasked = true;
  }
  return { path: null, isMasked };
}

function userDirectories(): readonly string[] {
  return [`${ownHome()}/.config/systemd/user`, "/etc/systemd/user", "/usr/lib/systemd/user"];
}

/** Queries systemd. */
export function unitState({ name, scope, facts, plan }: KnownService): AskedState {
  const { path, isMasked } = findUnit(name, scope);
  const unit = `${name}.service`;
  const systemctl = scope === "user" ? ["systemctl", "--user"] : ["systemctl"];
  const properties = propertiesOf(systemctl, unit);
  const isPackaged = path !== null && !path.startsWith("/etc/") && !isRecorded(path, facts);
  const state = properties["UnitFileState"] || offlineState(unit, scope);
  return {
    file: path === null ? null : { path, text: readTextFile(path) ?? "", isPackaged },
    isEnabled: isMasked ? false : isEnabled(state),
    isActive: isActive(properties),
    isMasked,
    needsReload: properties["NeedDaemonReload"] === "yes",
    properties,
    commands: commandsOf(plan.files),
    links: [],
  };
}

function propertiesOf(systemctl: readonly string[], unit: string): ServiceState["properties"] {
  const argv = [...systemctl, "show", unit, `--property=${PROPERTIES.join(",")}`];
  const { status, output } = runCommand(argv, PATIENCE_MS);
  if (status !== 0) return {};
  const pairs = output.split("\n").map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs.filter(([key]) => key !== ""));
}

/** Reads only files, which also works if systemd cannot be reached. */
function offlineState(unit: string, scope: "system" | "user"): string {
  if (scope === "user") return "";
  const { status, output } = runCommand(["systemctl", "--root=/", "is-enabled", unit], PATIENCE_MS);
  return status === null ? "" : (output.split("\n").at(-1) ?? "");
}

function isEnabled(state: string): boolean | null {
  if (/^(?:enabled|alias|generated)/.test(state)) return true;
  return /^(?:disabled|masked|static|linked|indirect|bad)/.test(state) ? false : null;
}

function isActive({ ActiveState, SubState }: ServiceState["properties"]): boolean | null {
  if (ActiveState === undefined) return null;
  // With the substate auto-restart, it has failed and waits for its next start.
  if (ActiveState === "activating") return SubState !== "auto-restart";
  return ["active", "reloading", "deactivating"].includes(ActiveState);
}
