// SOCK-003: the file of a socket that nobody listens on.

import { defineCheck } from "../../check.ts";
import type { Finding } from "../../model.ts";
import type { Probe } from "../../probe.ts";
import type { Situation } from "../../situation.ts";
import { ownership, repairStep, shellWord } from "../../words.ts";

export const STALE_SOCKET = defineCheck({
  code: "SOCK-003",
  area: "socket",
  title: "stale socket",
  page: {
    symptom: "`unix:///run/tsv/tsv.sock refused connection`, and no daemon runs.",
    cause:
      "The daemon ended without removing its socket: it was killed, or the machine lost power. The kernel refuses a connection, and no process has a socket bound to the path.",
    repair:
      "With --fix doctor removes the file, once it has seen that it is a socket, that nobody listens on it and that no daemon of this configuration runs. A tsv daemon also does that itself when it starts.",
  },
  look(situation, probe) {
    if (situation.daemon !== null) return [];
    const config = situation.config.daemon;
    const servers = config?.ok === true ? config.value.servers : [];
    return servers.flatMap((server) =>
      server.kind === "unix" ? staleAt(server.path, situation, probe) : [],
    );
  },
});

function staleAt(path: string, { servers }: Situation, probe: Probe): readonly Finding[] {
  const answer = servers.find(({ url }) => url === `unix://${path}`);
  if (answer?.kind !== "refused") return [];
  const found = probe.look(path);
  if (!found.ok || found.kind !== "socket") return [];
  if (probe.listeners().some(({ kind, address }) => kind === "unix" && address === path)) return [];
  return [
    {
      severity: "error",
      subject: path,
      symptom: `unix://${path} refused connection`,
      cause: "A daemon ended without removing its socket, and nobody listens on it.",
      evidence: [`${path} is a socket, ${ownership(found, probe)}`, "ECONNREFUSED"],
      place: null,
      repair: {
        class: "A",
        advice: "Remove the stale socket",
        commands: [`rm ${shellWord(path)}`],
        steps: [
          repairStep({ kind: "remove-stale", path }, "a socket that nobody listens on", "removed"),
        ],
      },
    },
  ];
}
