// LOG-012: a daemon of root does not open a log, because its path contains a symlink of another user.

import { printable } from "../../../core/base/printable.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import { type LogUse, logUses, usesByPath } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import { type RefusedLink, refusedLink } from "../../facts/refused-link.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { affectedLogs, openSymptom } from "./log-open-error.ts";

export const REFUSED_LINK = defineCheck({
  code: "LOG-012",
  area: "logs",
  title: "log behind another user's symlink",
  repairs: ["C"],
  page: {
    symptom:
      "The program runs, but its output is lost; the activity log says `cannot open log '/srv/app/web.log' of web (stdout): ELOOP`, and that root does not follow a symlink.",
    cause:
      "A daemon that runs as root opens, empties and renames logs as root. It follows symlinks of root. It follows symlinks of another user only to files of that user, and none in `/tmp` and similar directories. Otherwise a program that can write to the directory of its log could create a symlink there, and root would write to any file of the host. Supervisor follows every symlink.",
    repair:
      "Doctor does not decide which users to trust. Write the target path into the configuration, without the symlink. Or, if you know the target and trust it, make the symlink root's with `chown -h root`.",
  },
  look(situation, probe) {
    if (isSupervisor(situation) || daemonAccount(situation, probe).uid !== 0) return [];
    const found = new Map<string, { link: RefusedLink; path: string; uses: LogUse[] }>();
    for (const [path, uses] of usesByPath(logUses(situation, probe))) {
      const link = refusedLink(path, probe);
      if (link === null) continue;
      const there = found.get(link.path);
      if (there === undefined) found.set(link.path, { link, path, uses: [...uses] });
      else there.uses.push(...uses);
    }
    return Array.from(found.values(), (one) => findingOf(one, situation, probe));
  },
});

function findingOf(
  { link, path, uses }: { link: RefusedLink; path: string; uses: readonly LogUse[] },
  situation: Situation,
  probe: Probe,
): Finding {
  const [first] = uses;
  const [shown, target, user] = [
    printable(link.path),
    printable(link.target),
    userName(link.uid, probe),
  ];
  const led = probe.look(link.target);
  return {
    severity: "error",
    subject: link.path,
    symptom: openSymptom(situation, path, uses, link.why === "sticky" ? "EACCES" : "ELOOP"),
    cause:
      link.why === "sticky"
        ? `${shown} is a symlink of ${user} in a world-writable directory: root does not follow it.`
        : `${shown} is a symlink of ${user} to a file of another user: root does not follow it.`,
    evidence: [
      `${shown} is a symlink to ${target}${led.ok ? `, which is ${ownership(led, probe)}` : ""}`,
      affectedLogs(uses),
    ],
    place: first === undefined ? null : optionPlace(situation.config, first.section, first.key),
    repair: byHand("Name the log without the symlink; or trust the symlink and give it to root", [
      shellLine(["namei", "-l", path]),
      shellLine(["chown", "-h", "root", link.path]),
    ]),
  };
}
