// Collects facts about the host or image of an installation, and about a Supervisor on it: from Debian, Fedora, or pip with a
// custom unit.

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Result } from "../../core/base/result.ts";
import { ownAccount, ownHome } from "../../host/system/identity.ts";
import { layoutFor } from "../plan/layout.ts";
import { type Manifest, readManifest } from "../plan/manifest.ts";
import { PACKAGE_MARK, readMark } from "../plan/package.ts";
import type { InstallFacts, InstallRequest } from "../plan/plan-input.ts";
import type { InstallWorld } from "../plan/steps.ts";
import {
  SUPERVISOR_CONFIGS,
  SUPERVISOR_SERVICES,
  type SupervisorFacts,
  type SupervisorProcess,
} from "../plan/take-over.ts";
import type { InitEvidence, SupervisorService } from "../services/init-system.ts";
import { INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import { createInstallAccounts } from "./accounts.ts";
import { commandLines } from "./installed-service.ts";
import { runCommand } from "./processes.ts";
import { hashText, lookAt, quietly, readTextFile } from "./safe-files.ts";
import { followedInRoot, pathInRoot } from "./safe-paths.ts";

/** Collects the facts for the installation of that name. */
export function gatherFacts({
  name,
  scope,
  root,
}: Pick<InstallRequest, "name" | "scope" | "root">): InstallFacts {
  const world = createInstallWorld(root);
  const exists = (path: string): boolean => world.look(path).kind !== "missing";
  const text = name === "tsv" && scope === "system" ? world.read(PACKAGE_MARK) : null;
  const mark = text === null ? null : readMark(text);
  const layout = layoutFor({
    platform: process.platform === "darwin" && root === "/" ? "darwin" : "linux",
    scope,
    name,
    home: ownHome(),
    runtimeDirectory: process.env["XDG_RUNTIME_DIR"] ?? null,
    hasSysconfig:
      mark?.ok === true
        ? mark.value.kind === "rpm"
        : exists("/etc/sysconfig") && !exists("/etc/default"),
  });
  const previous = manifestAt(layout.manifest, root, world);
  const { uid, gid } = ownAccount();
  const [user = "", group = ""] = world.ownerName(uid, gid).split(":");
  return {
    world,
    layout,
    evidence: gatherEvidence(),
    self: { user, group },
    previous: previous?.ok === true ? previous.value : null,
    others: manifestsBeside(layout.manifest, root).filter((other) => other.scope === scope),
    mark: mark?.ok === true ? mark.value : null,
    problem: isDirectory(root)
      ? ([previous, mark].find((each) => each?.ok === false)?.error ?? null)
      : `${root} is not a directory: --root has to be the root directory of the image`,
  };
}

function manifestAt(
  path: string,
  root: string,
  world: InstallWorld,
): Result<Manifest, string> | null {
  const found = world.look(path);
  if (found.kind === "missing") return null;
  if (!isTrusted(pathInRoot(root, path))) {
    const error = `refusing to trust ${path}: it or its directory is writable by users other than root; look into both, then run: chmod go-w ${path} ${dirname(path)}`;
    return { ok: false, error };
  }
  const text = found.kind === "file" ? world.read(path) : null;
  return text === null
    ? { ok: false, error: `cannot read the manifest ${path}` }
    : readManifest(text, path);
}

/** A query of the init system that takes longer is answered with no. */
const PATIENCE_MS = 10_000;

/** The world under a root; in an image, queries of an init system are not run and answered with no. */
export function createInstallWorld(root: string): InstallWorld {
  const accounts = createInstallAccounts(root);
  return {
    look: (path) => lookAt(pathInRoot(root, path)),
    leadsToDirectory: (path) =>
      root === "/" ? isDirectory(path) : lookAt(followedInRoot(root, path)).kind === "directory",
    read: (path) => readTextFile(pathInRoot(root, path)),
    hash: hashText,
    userId: accounts.userId,
    groupId: accounts.groupId,
    ownerName: (uid, gid) => `${accounts.userName(uid) ?? uid}:${accounts.groupName(gid) ?? gid}`,
    ask: (argv) => root === "/" && runCommand(argv, PATIENCE_MS).status === 0,
  };
}

/** The manifests of all other installations. */
function manifestsBeside(manifest: string, root: string): readonly Manifest[] {
  const states = dirname(dirname(manifest));
  const names = quietly(() => readdirSync(followedInRoot(root, states))) ?? [];
  return names.flatMap((name) => {
    const path = join(states, name, "install.json");
    const at = pathInRoot(root, path);
    // Other services write into their own directories there.
    const text = path === manifest || !isTrusted(at) ? null : readTextFile(at);
    const other = text === null ? null : readManifest(text, path);
    return other?.ok === true ? [other.value] : [];
  });
}

/** Whether only root, or the user itself, can have written a file. */
function isTrusted(path: string): boolean {
  const owners = [0, process.geteuid?.() ?? 0];
  // A missing or unreadable file is not evidence either.
  return [path, dirname(path)].every((one) => {
    const { uid = -1, mode = 0 } = quietly(() => lstatSync(one)) ?? {};
    return owners.includes(uid) && (mode & 0o022) === 0;
  });
}

/** Evidence for the init system of this host. */
export function gatherEvidence(): InitEvidence {
  return {
    platform: process.platform,
    firstProcess: firstLine("/proc/1/comm"),
    hasRunSystemd: isDirectory("/run/systemd/system"),
    hasOpenrcLevel: existsSync("/run/openrc/softlevel"),
    hasInittab: existsSync("/etc/inittab") && isDirectory("/etc/init.d"),
    container: containerKind(),
  };
}

/** The mark of the container's manager: systemd, docker or podman. */
function containerKind(): string | null {
  const kind = firstLine("/run/systemd/container") ?? process.env["container"] ?? null;
  if (kind !== null && kind !== "") return kind;
  if (existsSync("/.dockerenv")) return "docker";
  return existsSync("/run/.containerenv") ? "podman" : null;
}

function firstLine(path: string): string | null {
  return quietly(() => readFileSync(path, "utf8"))?.split("\n")[0] ?? null;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Time limit of a query about Supervisor. */
const SUPERVISOR_PATIENCE_MS = 3000;

/** Finds Supervisor. */
export function gatherSupervisor(init: InitName | null): SupervisorFacts {
  return {
    services: SUPERVISOR_SERVICES.flatMap((name) => serviceOf(name, init)),
    processes: process.platform === "linux" ? processes() : [],
    configs: SUPERVISOR_CONFIGS.filter((path) => existsSync(path)),
  };
}

function serviceOf(name: string, init: InitName | null): readonly SupervisorService[] {
  const query = init === null ? undefined : INIT_SYSTEMS[init].supervisor?.find(name);
  const path = query?.paths.find((one) => existsSync(one));
  if (query === undefined || path === undefined) return [];
  const isExecutable = ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o100) !== 0;
  if (query.isScript && !isExecutable) return [];
  const ask = (argv: readonly string[]): boolean =>
    runCommand(argv, SUPERVISOR_PATIENCE_MS).status === 0;
  return [
    {
      name,
      path,
      text: readTextFile(path) ?? "",
      isRunning: ask(query.isRunning),
      isEnabled: ask(query.isEnabled),
      isMasked: query.isMasked !== null && ask(query.isMasked),
    },
  ];
}

/** Only Python's supervisord: tsv under this name is not to be replaced. */
function processes(): readonly SupervisorProcess[] {
  return commandLines().flatMap(({ pid, argv }) => {
    const [program = "", script = ""] = argv;
    const isPython = /(?:^|\/)(?:python|pypy)[\d.]*$/.test(program);
    if (!isPython || !/(?:^|\/)supervisord$/.test(script)) return [];
    return [
      {
        pid: Number(pid),
        argv: argv.slice(1),
        cwd: quietly(() => readlinkSync(`/proc/${pid}/cwd`)),
      },
    ];
  });
}
