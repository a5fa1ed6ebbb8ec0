// BOOT-020: the daemon runs, but not as the process of its service.

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
  repairs: ["C"],
  page: {
    symptom:
      "`systemctl status tsv` says `inactive (dead)` while `tsv status` shows running programs; `systemctl stop tsv` has no effect; `systemctl start tsv` fails because another daemon holds the socket; after a crash, nothing restarts the daemon.",
    cause:
      "The daemon was started from a shell with the configuration of the service, or the init system lost track of it: Debian's `service tsv stop` makes OpenRC forget a service instead of stopping it. The init system says that the service does not run, but doctor found a daemon with its configuration.",
    repair:
      "Stop the daemon with `tsv shutdown`, which also stops its programs, and start the service. Doctor does not do this, because it interrupts your programs.",
  },
  look(situation, probe) {
    const { service, daemon } = situation;
    if (daemon?.kind !== "tsv" || service.isActive !== false || service.commands === null)
      return [];
    // If the service cannot be started, BOOT-002 has to be fixed before the daemon is stopped.
    if (!isOfService(situation, probe) || serviceTrouble(service, probe) !== null) return [];
    const { name, init, commands } = service;
    return [
      {
        // A failed service was meant to run: after a crash, nothing restarts the daemon.
        severity: service.properties["ActiveState"] === "failed" ? "error" : "warning",
        subject: name,
        symptom: `${init} says that ${name} does not run, but tsv status shows a running daemon`,
        cause:
          "The daemon was not started by its service, so nothing restarts it when it is killed.",
        evidence: [
          `the service ${name} is not active`,
          `pid ${daemon.pid} runs with ${daemon.config}`,
        ],
        place: null,
        repair: byHand(
          "Stop the daemon and start the service when possible (this restarts its programs)",
          [
            // OpenRC restarts a daemon that exits, unless the state of the service was reset before.
            ...(init === "openrc" ? [shellLine(["rc-service", name, "zap"])] : []),
            "tsv shutdown",
            shellLine(commands.startByHand),
          ],
        ),
      },
    ];
  },
});

/** A daemon with another configuration is unrelated. */
function isOfService({ service, daemon }: Situation, probe: Probe): boolean {
  const config = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  if (config === null || daemon === null || daemon.config === null) return false;
  return config === daemon.config || probe.realPath(config) === probe.realPath(daemon.config);
}
