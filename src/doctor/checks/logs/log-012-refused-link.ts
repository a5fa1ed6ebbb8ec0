// LOG-012: a log that root's daemon does not open, because a user's link stands on the way to it.

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
  title: "log behind a user's link",
  page: {
    symptom:
      "The program runs and its output is lost; the activity log says `cannot open log '/srv/app/web.log' of web (stdout): ELOOP`, and that root does not follow a link.",
    cause:
      "A daemon of root's opens, empties and renames logs with root's rights. It follows root's own links, and those of a user only to what is that user's, and in `/tmp` and its like not at all: otherwise a program that may write to the directory of its log could put a link in its place and have root write to any file of the host. Supervisor follows every link.",
    repair:
      "Doctor does not decide whom to trust. Name the place itself in the configuration, without the link; or, when you know where the link leads and want that, make it root's with `chown -h root`.",
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
        ? `${shown} is a link of ${user}'s in a directory for everybody: root does not follow it.`
        : `${shown} is a link of ${user}'s to what is not ${user}'s: root does not follow it.`,
    evidence: [
      `${shown} leads to ${target}${led.ok ? `, which is ${ownership(led, probe)}` : ""}`,
      affectedLogs(uses),
    ],
    place: first === undefined ? null : optionPlace(situation.config, first.section, first.key),
    repair: byHand("Name the log without the link; or trust the link and make it root's", [
      shellLine(["namei", "-l", path]),
      shellLine(["chown", "-h", "root", link.path]),
    ]),
  };
}
