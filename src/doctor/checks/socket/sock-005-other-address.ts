// SOCK-005: ctl asks at another address than the daemon listens at, or reads another configuration.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { readServerUrl, serverUrlOf } from "../../../core/config/server-url.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { describeDaemon } from "../../facts/describe-process.ts";
import type { Listener, Probe } from "../../facts/probe.ts";
import { isSameServer } from "../../facts/servers.ts";
import type { RunningDaemon, Situation } from "../../facts/situation.ts";
import { listenersAt, resolved } from "../../facts/unix-listeners.ts";
import type { Finding, Unseen } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { addressKey, addressOf, answerOf } from "./control-sockets.ts";

export const OTHER_ADDRESS = defineCheck({
  code: "SOCK-005",
  area: "socket",
  title: "ctl that asks another daemon",
  page: {
    symptom:
      "`unix:///… no such file` or `refused connection` although the daemon runs, or `no such process` for programs that are there, because another daemon answers.",
    cause:
      "ctl goes where `serverurl` in `[supervisorctl]` points, `http://localhost:9001` by default, whatever the sections of the servers say. Without `-c` it reads the first configuration of a list that begins in the working directory, and the daemon may have been started with another. And a daemon listens where the configuration said when it started: an address that was changed since means nothing to it yet. Doctor compares all of these, and shows the list.",
    repair:
      "After a yes doctor writes the address of the server into `serverurl`. Of a configuration that ctl finds first it prints the command that names the right one, and of an address that was changed under a running daemon the address where it still listens: reload or restart it when its programs may be restarted.",
  },
  look(situation, probe) {
    return [
      ...differentUrl(situation, probe),
      ...movedAddresses(situation, probe),
      ...foundFirst(situation, probe),
    ];
  },
});

/** serverurl is none of the addresses of the same configuration. */
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
      cause: "ctl asks at another address than the servers of this configuration have.",
      evidence: [
        printable(`serverurl is ${withoutUser(url)}`),
        ...own.map((server) => printable(`[${server.section}] is ${addressOf(server)}`)),
        ...(other === null ? [] : [`pid ${other.pid} answers at serverurl`]),
      ],
      place: optionPlace(config, "supervisorctl", "serverurl"),
      repair: {
        class: steps === null ? "C" : "B",
        advice: `Let ctl ask at ${value}`,
        commands: describeChanges(config, changes),
        steps: steps ?? [],
      },
    },
  ];
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//…@");
}

/** Another machine's daemon is asked on purpose. */
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
    // Any of this machine's names may lead to a server of that port.
    return address.ok && address.value.kind === "tcp" && address.value.port === server.port;
  }
  if (!address.ok || address.value.kind !== "unix") return false;
  const { path } = address.value;
  const name = (of: string): string => of.slice(of.lastIndexOf("/") + 1);
  return name(path) === name(server.path) && resolved(path, probe) === resolved(server.path, probe);
}

/** The daemon runs and listens, but not where its configuration says now. */
function movedAddresses(situation: Situation, probe: Probe): readonly (Finding | Unseen)[] {
  const { daemon, config, caller } = situation;
  if (daemon === null) return [];
  const own = probe.listeners().filter(({ pid }) => pid === daemon.pid);
  const isHidden = own.length === 0 && caller.uid !== 0 && caller.uid !== daemon.uid;
  if (own.length === 0 && !isHidden) return [];
  return (readConfig(situation)?.servers ?? []).flatMap((server): readonly (Finding | Unseen)[] => {
    const kind = answerOf(server, situation)?.kind;
    if (kind !== "missing" && kind !== "refused") return [];
    const isThere =
      server.kind === "unix"
        ? listenersAt(server.path, probe).length > 0
        : own.some((one) => one.kind === "tcp" && one.port === server.port);
    const where = own.filter((one) => one.kind === (server.kind === "unix" ? "unix" : "tcp"));
    if (isThere || config.path === null) return [];
    if (isHidden) return [{ unseen: `where the daemon, pid ${daemon.pid}, listens (needs root)` }];
    return [moved(server, daemon, where, situation, probe)];
  });
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
    cause: "The daemon was started before this address was in its configuration.",
    evidence: [
      describeDaemon(daemon, probe),
      ...old.map((one) => printable(`it listens at ${one}`)),
    ],
    place: optionPlace(config, server.section, addressKey(server)),
    repair: byHand("Reload the daemon when its programs may be restarted", [
      `${reload}   # restarts all programs`,
    ]),
  };
}

/** ctl without -c reads the first file of the list, and the daemon runs with another. */
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
      symptom: "ctl without -c speaks of another daemon, or finds none",
      cause: `ctl reads ${found}, and the daemon runs with ${config.path}.`,
      evidence: [printable(`looked for in this order: ${Array.from(new Set(list)).join(", ")}`)],
      place: { file: found, line: null, section: null, key: null },
      repair: byHand("Name the configuration, or move the other file away", [
        `tsv status -c ${shellWord(config.path)}`,
      ]),
    },
  ];
}

/** The serverurl that a file says, as far as it can be read without expansions. */
function urlIn(text: string | null): string | null {
  const section = /^\[supervisorctl\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text ?? "")?.[1] ?? "";
  return /^serverurl\s*[=:]\s*(\S+)/m.exec(section)?.[1] ?? null;
}
