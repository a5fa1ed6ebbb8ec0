// CONF-001: the configuration is not where it is looked for, or cannot be read.

import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Unseen } from "../../model.ts";
import { ownership } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";

export const NO_CONFIGURATION = defineCheck({
  code: "CONF-001",
  area: "config",
  title: "no configuration, or not the one that was meant",
  page: {
    symptom:
      "`Error: could not find config file /etc/tsv/tsv.conf`, `Error: could not read config file ...` or `Error: No config file found at default paths (...)`.",
    cause:
      "The file is missing, or this user may not read it. Without `-c` the first existing file of a list is taken, so that a file in the current directory wins over the one in `/etc`; with --verbose doctor shows the list and which file won.",
    repair:
      "Name the file with `-c`, or write one: `tsv sample-conf` prints a commented sample, and `tsv install` puts one in place. Doctor changes nothing here, because only you know which file is meant.",
  },
  look(situation, probe) {
    const { path } = situation.config;
    if (path === null) return [noneFound(situation)];
    return [
      ...problemsOf(situation, "CONF-001")
        .map((problem) =>
          problemFinding(problem, situation, {
            cause: causeAt(problem.file, probe),
            evidence: evidenceAt(problem.file, probe),
            repair: byHand(
              "Name the configuration that is meant, or put one there",
              candidates(situation),
            ),
          }),
        )
        .map((finding) => unlessHidden(finding, path, situation, probe)),
      ...others(situation),
    ];
  },
});

/** Without the right to look, a file that "does not exist" may well be there. */
function unlessHidden(
  finding: Finding,
  path: string,
  { caller }: Situation,
  probe: Probe,
): Finding | Unseen {
  const found = probe.look(path);
  const isHidden = found.ok ? found.kind === "file" : found.error === "EACCES";
  return caller.uid !== 0 && isHidden ? { unseen: `what ${path} says (needs root)` } : finding;
}

function causeAt(path: string, probe: Probe): string {
  const found = probe.look(path);
  if (!found.ok) {
    const target = probe.linkTarget(path);
    return target === null
      ? "There is no such file."
      : `It is a link to ${target}, which is not there.`;
  }
  if (found.kind === "file") return "The file is there, but cannot be read.";
  return `It is a ${found.kind}, not a file.`;
}

function evidenceAt(path: string, probe: Probe): readonly string[] {
  const found = probe.look(path);
  return [
    found.ok ? `${path} is a ${found.kind}, ${ownership(found, probe)}` : `${found.error}: ${path}`,
  ];
}

function noneFound(situation: Situation): Finding {
  // Two entries of the list are one place where tsv was called without a path.
  const paths = Array.from(new Set(situation.config.search.map(({ path }) => path)));
  return {
    severity: "error",
    subject: "configuration",
    symptom: "No config file found at default paths",
    cause:
      "No file was named, no daemon of root or of this user names one, and none of the usual places holds one.",
    evidence: paths.map((path) => `ENOENT: ${path}`),
    place: null,
    repair: byHand("Write a configuration, or name the one that is meant", [
      "tsv install",
      "tsv doctor --config FILE",
    ]),
  };
}

function candidates({ config }: Situation): readonly string[] {
  const there = config.search.filter(({ path, exists }) => exists && path !== config.path);
  if (there.length === 0) return [`tsv sample-conf > ${shellWord(config.path ?? "tsv.conf")}`];
  const paths = Array.from(new Set(there.map(({ path }) => path)));
  return paths.map((path) => `tsv doctor --config ${shellWord(path)}`);
}

/** Only one of several files is used: that is right more often than not, and worth knowing. */
function others({ config }: Situation): readonly Finding[] {
  const others = config.search.filter(({ path, exists }) => exists && path !== config.path);
  if (config.chosenBy !== "search" || config.path === null || others.length === 0) return [];
  const evidence = config.search.map(({ path, exists }) => {
    const state = path === config.path ? "used" : exists ? "exists, not used" : "missing";
    return `${path}: ${state}`;
  });
  return [
    {
      severity: "info",
      subject: config.path,
      symptom: "Changes to a configuration file have no effect.",
      cause: "Several files are where a configuration is looked for, and the first of them counts.",
      evidence: Array.from(new Set(evidence)),
      place: null,
      repair: byHand("Name the file that is meant with -c wherever it matters"),
    },
  ];
}
