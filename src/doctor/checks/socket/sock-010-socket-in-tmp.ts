// SOCK-010: a control socket in a directory for temporary files.

import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Severity } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { defineCheck } from "../check.ts";
import { isPrivateTmp, TEMPORARY, type UnixServer, unixServers } from "./control-sockets.ts";
import { moveRepair } from "./move-socket.ts";

export const SOCKET_IN_TMP = defineCheck({
  code: "SOCK-010",
  area: "socket",
  title: "socket in a directory for temporary files",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`unix:///tmp/supervisor.sock no such file` after some days, although nothing was changed and the programs run. Or from the beginning, if the service has a private `/tmp`.",
    cause:
      "`/tmp` and `/var/tmp` are cleaned by age, and any user can create something at the path before the daemon does, which then fails to start. systemd's cleaner keeps sockets that the kernel lists under their path. This applies to sockets of tsv, but not of Supervisor, which binds `path.PID` and links it. A unit with `PrivateTmp=yes` gives the daemon a `/tmp` that ctl does not see.",
    repair:
      "After you confirm, doctor moves the socket to tsv's runtime directory in the configuration, in the server's section and in `[supervisorctl]`. While a daemon runs, doctor only prints what to write, because ctl would use the new path before the daemon listens there; the required restart also restarts the programs.",
  },
  look(situation, probe) {
    return unixServers(situation).flatMap((server) => {
      const place = TEMPORARY.find((directory) => server.path.startsWith(`${directory}/`));
      return place === undefined ? [] : [temporary(server, place, situation, probe)];
    });
  },
});

function temporary(server: UnixServer, place: string, situation: Situation, probe: Probe): Finding {
  const { path, section } = server;
  const isPrivate = isPrivateTmp(path, situation);
  const age = situation.service.init === "systemd" ? ageOf(place, probe) : null;
  const isEndangered = age !== null && situation.daemon?.kind === "supervisor";
  const severity: Severity = isPrivate ? "error" : isEndangered ? "warning" : "info";
  return {
    severity,
    subject: path,
    symptom: isPrivate
      ? `unix://${path} no such file`
      : `a cleanup can delete the socket; then ctl reports: unix://${path} no such file`,
    cause: isPrivate
      ? `The service has a private ${place}, in which ctl cannot find the socket.`
      : `Cleaners remove old files from ${place}, and any user can create something at the path first.`,
    evidence: [
      ...(isPrivate ? ["PrivateTmp=yes in the unit of the service"] : []),
      ...(age === null ? [] : [`systemd removes files older than ${age} from ${place}`]),
      ...(isEndangered
        ? [
            "cleaners consider Supervisor's socket stale, because the kernel lists it under another name",
          ]
        : []),
    ],
    place: optionPlace(situation.config, section, "file"),
    repair: moveRepair(server, situation, probe),
  };
}

/** The age of tmpfiles.d(5) for a directory; a file in /etc overrides the distribution's file of the same name. */
function ageOf(place: string, probe: Probe): string | null {
  const texts = ["/etc/tmpfiles.d/tmp.conf", "/usr/lib/tmpfiles.d/tmp.conf"];
  const text = texts.map((path) => probe.readText(path)).find((one) => one !== null) ?? "";
  for (const line of text.split("\n")) {
    const [kind = "", path, , , , age = "-"] = line.trim().split(/\s+/);
    if (/^[dDqQvVeC][!+-]?$/.test(kind) && path === place && age !== "-") return age;
  }
  return null;
}
