// BOOT-020: the daemon runs, and its service does not know of it.

import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import type { Situation } from "../../facts/situation.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { serviceTrouble } from "./service-trouble.ts";

export const OUTSIDE_SERVICE = defineCheck({
  code: "BOOT-020",
  area: "boot",
  title: "daemon runs outside its service",
  page: {
    symptom:
      "`systemctl status tsv` says `inactive (dead)` and `tsv status` shows programs that run; `systemctl stop tsv` does nothing; `systemctl start tsv` fails, because another daemon holds the socket; after a crash nobody starts the daemon again.",
    cause:
      "Somebody has started the daemon from a shell with the configuration of the service, or the init system has lost it: Debian's `service tsv stop` makes OpenRC forget a service instead of stopping it. Doctor asks the init system whether the service runs, and finds a daemon with its configuration all the same.",
    repair:
      "Stop the daemon with `tsv shutdown`, which stops its programs, too, and start the service. Doctor does not do that, because it stops programs for a moment.",
  },
  look(situation, probe) {
    const { service, daemon } = situation;
    if (daemon?.kind !== "tsv" || service.isActive !== false || service.commands === null)
      return [];
    // A service that cannot be started would be missed once the daemon is down: BOOT-002 is first.
    if (!isOfService(situation, probe) || serviceTrouble(service, probe) !== null) return [];
    const { name, init, commands } = service;
    return [
      {
        // A service that failed is one that was wanted: after a crash nothing starts the daemon again.
        severity: service.properties["ActiveState"] === "failed" ? "error" : "warning",
        subject: name,
        symptom: `${init} says that ${name} does not run, and tsv status that it does`,
        cause:
          "The daemon was not started by its service: nobody starts it again when it is killed.",
        evidence: [
          `the service ${name} is not active`,
          `pid ${daemon.pid} runs with ${daemon.config}`,
        ],
        place: null,
        repair: byHand("Stop the daemon, and start the service, when that suits you", [
          // OpenRC starts a daemon again that ends by itself, unless it has forgotten the service before.
          ...(init === "openrc" ? [shellLine(["rc-service", name, "zap"])] : []),
          "tsv shutdown",
          shellLine(commands.startByHand),
        ]),
      },
    ];
  },
});

/** Another daemon may well run with another configuration. */
function isOfService({ service, daemon }: Situation, probe: Probe): boolean {
  const config = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  if (config === null || daemon === null || daemon.config === null) return false;
  return config === daemon.config || probe.realPath(config) === probe.realPath(daemon.config);
}
