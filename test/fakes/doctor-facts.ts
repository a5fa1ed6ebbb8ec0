// The facts that doctor would find on a host in memory, read by the real readers of configurations.

import { err, ok } from "../../src/core/base/result.ts";
import { parseDaemonArguments } from "../../src/core/command-line/arguments.ts";
import { globPaths } from "../../src/core/config/glob.ts";
import { decodeUtf8 } from "../../src/core/config/py-text.ts";
import type { ConfigWorld } from "../../src/core/config/world.ts";
import { readConfigFacts, worldAtStart } from "../../src/doctor/facts/config-facts.ts";
import type {
  ConfigFacts,
  DoctorFacts,
  ServerAnswer,
} from "../../src/doctor/facts/doctor-facts.ts";
import { refusedLink } from "../../src/doctor/facts/path-trust.ts";
import { layoutFor } from "../../src/install/plan/layout.ts";
import { NOW } from "./doctor-files.ts";
import type { DoctorHost } from "./doctor-host.ts";

/** What of a facts was found to be otherwise. */
export type FactsParts = { readonly [K in keyof DoctorFacts]?: Partial<DoctorFacts[K]> | null };

const CONFIG = "/etc/tsv/tsv.conf";
const LAYOUT = layoutFor({
  platform: "linux",
  scope: "system",
  name: "tsv",
  home: "/root",
  runtimeDirectory: null,
  hasSysconfig: false,
});

/**
 * The facts with this text as /etc/tsv/tsv.conf (null: as it is, or none). `parts` replace what was found.
 * @param environment of the service
 */
export function factsOfHost(
  host: DoctorHost,
  text: string | null,
  parts: FactsParts,
  environment: Readonly<Record<string, string>>,
): DoctorFacts {
  if (text !== null) host.file(CONFIG, text, { mode: 0o640, gid: 990 });
  const config = configFactsOf(host, environment, parts.service?.file ?? null);
  return merge(plainFacts(host, config), parts);
}

function configFactsOf(
  host: DoctorHost,
  environment: Readonly<Record<string, string>>,
  serviceFile: DoctorFacts["service"]["file"],
): ConfigFacts {
  const isThere = host.nodes.has(CONFIG);
  const world = worldOf(host);
  const parsed = parseDaemonArguments(["tsv", "-n"], world);
  if (!parsed.ok || parsed.value.kind !== "run")
    throw new Error("the command line of the fake is wrong");
  return readConfigFacts(
    {
      path: isThere ? CONFIG : null,
      chosenBy: isThere ? "search" : null,
      search: [{ path: CONFIG, exists: isThere }],
      environment,
      args: parsed.value.args,
    },
    worldAtStart(world, { file: serviceFile, layout: LAYOUT }),
  );
}

/** The world that configurations are read in. */
export function worldOf(host: DoctorHost): ConfigWorld {
  return {
    readText: (path) => {
      const text = host.readText(path);
      if (text !== null) return ok(text);
      const held = host.readHead(path, Number.POSITIVE_INFINITY);
      const decoded = held === null ? null : decodeUtf8(held);
      if (decoded?.ok === false) return err({ code: "EILSEQ", detail: decoded.error });
      return err({ code: "ENOENT", detail: `No such file: ${path}` });
    },
    readEnvFile: (path) => {
      if (host.uid === 0 && refusedLink(path, host) !== null) return err("ELOOP");
      const bytes = host.readHead(path, Number.POSITIVE_INFINITY);
      return bytes === null ? err("ENOENT") : ok(bytes);
    },
    exists: (path) => host.look(path).ok,
    // The doctor examines commands itself, as the user of the daemon.
    isMissing: () => false,
    isNotExecutable: () => false,
    isDirectory: (path) => {
      const found = host.look(path);
      return found.ok && found.kind === "directory";
    },
    glob: (pattern) =>
      globPaths(pattern, {
        list: (directory) => host.list(directory) ?? [],
        exists: (path) => host.look(path).ok || host.links.has(path),
        isDirectory: (path) => {
          const found = host.look(path);
          return found.ok && found.kind === "directory";
        },
      }),
    findUser: (nameOrUid) => host.user(nameOrUid),
    findGroup: (nameOrGid) => host.group(nameOrGid),
    cwd: host.cwd,
    home: host.user(host.uid)?.home ?? "/",
    tempDir: "/tmp",
    hostName: "pi",
    uid: host.uid,
    env: {},
  };
}

/** Nothing runs, and no service is installed. */
function plainFacts(host: DoctorHost, config: ConfigFacts): DoctorFacts {
  return {
    probe: host,
    nowMs: NOW,
    host: {
      platform: "linux",
      machine: "x86_64",
      bootedMs: NOW - 86_400_000,
      container: null,
      board: null,
    },
    caller: {
      uid: host.uid,
      gids: host.groupsOf(host.user(host.uid)?.name ?? ""),
      name: host.user(host.uid)?.name ?? String(host.uid),
      home: host.user(host.uid)?.home ?? "/",
      environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      cwd: host.cwd,
    },
    executable: { path: "/usr/bin/tsv", version: "1.0.0", builtMs: NOW - 100 * 86_400_000 },
    config,
    daemons: [],
    daemon: null,
    servers: serversOf(config.daemon?.ok === true ? config.daemon.value.servers : []),
    programs: null,
    histories: null,
    pools: null,
    lost: null,
    failing: null,
    service: {
      init: "systemd",
      name: "tsv",
      scope: "system",
      manifest: null,
      layout: LAYOUT,
      file: null,
      isEnabled: null,
      isActive: null,
      isMasked: false,
      needsReload: false,
      properties: {},
      commands: null,
      links: [],
      restoration: null,
      supervisors: { services: [], processes: [], configs: [] },
    },
  };
}

type Servers = Extract<
  NonNullable<DoctorFacts["config"]["daemon"]>,
  { ok: true }
>["value"]["servers"];

/** Nothing runs: unix sockets are missing, ports refuse. */
function serversOf(servers: Servers): readonly ServerAnswer[] {
  return servers.map((server) => {
    const { section } = server;
    if (server.kind === "unix") {
      return {
        section,
        url: `unix://${server.path}`,
        kind: "missing",
        detail: "ENOENT",
        daemon: null,
      };
    }
    const url = `http://${server.host === "" ? "localhost" : server.host}:${server.port}`;
    return { section, url, kind: "refused", detail: "ECONNREFUSED", daemon: null };
  });
}

function merge(base: DoctorFacts, parts: FactsParts): DoctorFacts {
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, part] of Object.entries(parts)) {
    const before = merged.get(key);
    merged.set(key, isPlain(before) && isPlain(part) ? { ...before, ...part } : part);
  }
  return Object.fromEntries(merged) as unknown as DoctorFacts;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
