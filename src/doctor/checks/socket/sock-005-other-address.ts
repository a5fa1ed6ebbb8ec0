// SOCK-005: ctl uses another address than the daemon, or another configuration.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { readServerUrl, serverUrlOf } from "../../../core/config/server-url.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { describeDaemon } from "../../facts/describe-process.ts";
import type { Listener, Probe } from "../../facts/probe.ts";
import { isSameServer } from "../../facts/servers.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import { listenersAt, resolved } from "../../facts/unix-listeners.ts";
import type { Finding, Unknown } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { addressKey, addressOf, answerOf } from "./control-sockets.ts";

export const OTHER_ADDRESS = defineCheck({
  code: "SOCK-005",
  area: "socket",
  title: "ctl uses another daemon's address",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`unix:///… no such file` or `refused connection` although the daemon runs, or `no such process` for existing programs, because another daemon answers.",
    cause:
      "ctl connects to `serverurl` in `[supervisorctl]`, by default `http://localhost:9001`, regardless of the server sections. Without `-c` it reads the first configuration of a list that begins in the working directory, and the daemon may use another one. A daemon listens on the address that the configuration contained when it started; a later change has no effect until then. Doctor compares all of these, and shows the list.",
    repair:
      "After you confirm, doctor writes the address of the server into `serverurl`. If ctl finds another configuration first, doctor prints the command with the right one. If the address was changed while the daemon ran, doctor prints the address that it still listens on: reload or restart the daemon when its programs may be restarted.",
  },
  look(situation, probe) {
    return [
      ...differentUrl(situation, probe),
      ...movedAddresses(situation, probe),
      ...foundFirst(situation, probe),
    ];
  },
});

/** serverurl is not an address of the same configuration. */
function differentUrl(situation: Situation, probe: Probe): readonly Finding[] {
  const { config, servers, daemon } = situation;
  const url = config.ctl?.serverUrl ?? null;
  const own = readConfig(situation)?.servers ?? [];
  const [first] = [...own].sort((left) => (left.kind === "unix" ? -1 : 1));
  if (url === null || first === undefined || !config.raw?.sections.has("supervisorctl")) return [];
  if (!isLocal(url) || own.some((server) => isAddressOf(server, url, situation, probe))) return [];
  const answer = servers.find((one) => isSameServer(one.url, url));
  const other = answer?.kind === "answers" ? answer.daemon : null;
  if (other !== null && other.pid === daemon?.pid) return [];
  const value = serverUrlOf(first).replaceAll("%", "%%");
  const changes = [{ section: "supervisorctl", key: "serverurl", value }];
  const steps = changeOptions(config, changes, probe);
  return [
    {
      severity: "error",
      subject: "serverurl",
      symptom:
        other === null
          ? `${url} ${url.startsWith("unix://") ? "no such file" : "refused connection"}`
          : "ctl shows the programs of another daemon",
      cause: "serverurl of ctl is not the address of a server in this configuration.",
      evidence: [
        printable(`serverurl is ${withoutUser(url)}`),
        ...own.map((server) => printable(`[${server.section}] is ${addressOf(server)}`)),
        ...(other === null ? [] : [`pid ${other.pid} answers at serverurl`]),
      ],
      place: optionPlace(config, "supervisorctl", "serverurl"),
      repair: {
        class: steps === null ? "C" : "B",
        advice: `Set serverurl of ctl to ${value}`,
        commands: describeChanges(config, changes),
        steps: steps ?? [],
      },
    },
  ];
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//…@");
}

/** The address of another machine is intended. */
function isLocal(url: string): boolean {
  return (
    url.startsWith("unix:///") ||
    /^http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/.test(url)
  );
}

function isAddressOf(
  server: ServerConfig,
  url: string,
  situation: Situation,
  probe: Probe,
): boolean {
  const asked = answerOf(server, situation)?.url;
  if (asked !== undefined && isSameServer(asked, url)) return true;
  const address = readServerUrl(url);
  if (server.kind === "inet") {
    // Any name of this machine may resolve to the address of a server with this port.
    return address.ok && address.value.kind === "tcp" && address.value.port === server.port;
  }
  if (!address.ok || address.value.kind !== "unix") return false;
  const { path } = address.value;
  const name = (of: string): string => of.slice(of.lastIndexOf("/") + 1);
  return name(path) === name(server.path) && resolved(path, probe) === resolved(server.path, probe);
}

/** The daemon listens at another address than the configuration contains now. */
function movedAddresses(situation: Situation, probe: Probe): readonly (Finding | Unknown)[] {
  const { daemon, config, caller } = situation;
  if (daemon === null) return [];
  const own = probe.listeners().filter(({ pid }) => pid === daemon.pid);
  const isHidden = own.length === 0 && caller.uid !== 0 && caller.uid !== daemon.uid;
  if (own.length === 0 && !isHidden) return [];
  return (readConfig(situation)?.servers ?? []).flatMap(
    (server): readonly (Finding | Unknown)[] => {
      const kind = answerOf(server, situation)?.kind;
      if (kind !== "missing" && kind !== "refused") return [];
      const isThere =
        server.kind === "unix"
          ? listenersAt(server.path, probe).length > 0
          : own.some((one) => one.kind === "tcp" && one.port === server.port);
      const where = own.filter((one) => one.kind === (server.kind === "unix" ? "unix" : "tcp"));
      if (isThere || config.path === null) return [];
      if (isHidden)
        return [{ unknown: `where the daemon, pid ${daemon.pid}, listens (needs root)` }];
      return [moved(server, daemon, where, situation, probe)];
    },
  );
}

function moved(
  server: ServerConfig,
  daemon: RunningDaemon,
  where: readonly Listener[],
  { config }: Situation,
  probe: Probe,
): Finding {
  const address = addressOf(server);
  const old = where.map((one) =>
    one.kind === "unix"
      ? `unix://${one.address.replace(/\.\d+$/, "")}`
      : `http://${one.address}:${one.port}`,
  );
  const [first] = old;
  const reload =
    first === undefined ? `kill -HUP ${daemon.pid}` : `tsv ctl -s ${shellWord(first)} reload`;
  return {
    severity: "error",
    subject: address,
    symptom: `${address} ${server.kind === "unix" ? "no such file" : "refused connection"}`,
    cause: "The daemon was started before this address was written into its configuration.",
    evidence: [
      describeDaemon(daemon, probe),
      ...old.map((one) => printable(`it listens on ${one}`)),
    ],
    place: optionPlace(config, server.section, addressKey(server)),
    repair: byHand("Reload the daemon when its programs may be restarted", [
      `${reload}   # restarts all programs`,
    ]),
  };
}

/** ctl without -c reads the first file of the list, but the daemon uses another one. */
function foundFirst(situation: Situation, probe: Probe): readonly Finding[] {
  const { config } = situation;
  if (config.path === null || config.chosenBy === "option" || config.chosenBy === "search")
    return [];
  const found = config.search.find(({ exists }) => exists)?.path ?? null;
  if (found === null) return [];
  const real = (path: string): string => probe.realPath(path) ?? path;
  if (real(found) === real(config.path)) return [];
  const asked = urlIn(probe.readText(found));
  if (asked !== null && situation.servers.some(({ url }) => isSameServer(url, asked))) return [];
  const list = config.search.map(({ path, exists }) => `${path}${exists ? " (exists)" : ""}`);
  return [
    {
      severity: "warning",
      subject: found,
      symptom: "ctl without -c connects to another daemon, or to none",
      cause: `ctl reads ${found}, but the daemon runs with ${config.path}.`,
      evidence: [printable(`search order: ${Array.from(new Set(list)).join(", ")}`)],
      place: { file: found, line: null, section: null, key: null },
      repair: byHand("Name the configuration, or move the other file away", [
        `tsv status -c ${shellWord(config.path)}`,
      ]),
    },
  ];
}

/** The serverurl in a file, without expansions. */
function urlIn(text: string | null): string | null {
  const section = /^\[supervisorctl\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text ?? "")?.[1] ?? "";
  return /^serverurl\s*[=:]\s*(\S+)/m.exec(section)?.[1] ?? null;
}
