// SOCK-010: a control socket among temporary files.

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
  title: "socket among temporary files",
  page: {
    symptom:
      "`unix:///tmp/supervisor.sock no such file` after some days, although nothing was changed and the programs run; or from the start, when the service has a `/tmp` of its own.",
    cause:
      "`/tmp` and `/var/tmp` are cleaned by age, and anybody on the host may put something at the path before the daemon does, which then does not start. systemd's cleaner leaves sockets alone that the kernel lists under their path: tsv's are, Supervisor's are not, because it binds `path.PID` and links it. A unit with `PrivateTmp=yes` gives the daemon a `/tmp` that ctl does not see.",
    repair:
      "After a yes doctor moves the socket to tsv's runtime directory in the configuration, in the server's section and in `[supervisorctl]`. While a daemon runs it only says what to write, because ctl would look at the new path before the daemon listens there; the restart that it takes restarts programs too.",
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
    symptom: `unix://${path} no such file${isPrivate ? "" : ", some day"}`,
    cause: isPrivate
      ? `The service has a ${place} of its own, in which ctl does not find the socket.`
      : `What lies in ${place} may be cleaned away, and anybody may put something at the path first.`,
    evidence: [
      ...(isPrivate ? ["PrivateTmp=yes in the unit of the service"] : []),
      ...(age === null ? [] : [`systemd removes from ${place} what is older than ${age}`]),
      ...(isEndangered
        ? [
            "Supervisor's socket has another name in the kernel's list, and so is taken for a dead one",
          ]
        : []),
    ],
    place: optionPlace(situation.config, section, "file"),
    repair: moveRepair(server, situation, probe),
  };
}

/** The age of tmpfiles.d(5) for a directory; an administrator's file replaces the distribution's of the same name. */
function ageOf(place: string, probe: Probe): string | null {
  const texts = ["/etc/tmpfiles.d/tmp.conf", "/usr/lib/tmpfiles.d/tmp.conf"];
  const text = texts.map((path) => probe.readText(path)).find((one) => one !== null) ?? "";
  for (const line of text.split("\n")) {
    const [kind = "", path, , , , age = "-"] = line.trim().split(/\s+/);
    if (/^[dDqQvVeC][!+-]?$/.test(kind) && path === place && age !== "-") return age;
  }
  return null;
}
