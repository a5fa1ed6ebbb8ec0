// SOCK-006: an invalid serverurl, usually a path without unix://.

import { printable } from "../../../core/base/printable.ts";
import { readServerUrl } from "../../../core/config/server-url.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import {
  changeOptions,
  describeChanges,
  optionPlace,
  writtenValue,
} from "../../repairs/option-edits.ts";
import { defineCheck } from "../check.ts";

const SECTION = "supervisorctl";
const KEY = "serverurl";

export const BAD_SERVERURL = defineCheck({
  code: "SOCK-006",
  area: "socket",
  title: "invalid serverurl",
  repairs: ["B", "C"],
  page: {
    symptom: "`Unknown protocol for serverurl /var/run/supervisor.sock` from ctl.",
    cause:
      "`serverurl` in `[supervisorctl]` is a URL: `unix://` followed by the absolute path of a socket, or `http://` followed by host and port. A path alone, a host and port alone, `https://`, and `unix:` with fewer than three slashes before the path are not supported, neither by tsv nor by Supervisor.",
    repair:
      "After you confirm, doctor adds the prefix to a path or to a host and port. No control server supports `https://`: put a proxy in front of the daemon, and let ctl use the socket.",
  },
  look(situation, probe) {
    const url = situation.config.ctl?.serverUrl ?? null;
    const problem = url === null ? null : problemOf(url);
    return url === null || problem === null ? [] : [badUrl(url, problem, situation, probe)];
  },
});

/** The error message of ctl for a URL; null if the URL is valid. */
function problemOf(url: string): string | null {
  const read = readServerUrl(url);
  if (!read.ok) return read.error;
  const isRelative = read.value.kind === "unix" && !read.value.path.startsWith("/");
  return isRelative ? `Unknown protocol for serverurl ${url}` : null;
}

/** The intended URL; null if it cannot be guessed. */
export function meantUrl(url: string): string | null {
  const path = /^(?:unix:\/{0,2})?(\/[^/].*)$/i.exec(url)?.[1];
  if (path !== undefined) return `unix://${path}`;
  if (/^(?:tcp:\/\/)?(?:\[[\da-f:]+\]|[\w.-]+):\d+\/?$/i.test(url)) {
    return `http://${url.replace(/^tcp:\/\//i, "")}`;
  }
  return null;
}

/** The text as written, including expansions, with the right prefix. */
function prefixed(written: string, meant: string | null): string | null {
  if (meant === null) return null;
  const bare = written.replace(/^(?:unix:(?:\/\/(?!\/))?|tcp:\/\/)/i, "");
  return `${meant.startsWith("unix:") ? "unix" : "http"}://${bare}`;
}

function badUrl(url: string, problem: string, situation: Situation, probe: Probe): Finding {
  const { config } = situation;
  const written = writtenValue(config, SECTION, KEY);
  const meant = prefixed(written ?? url, meantUrl(url));
  const changes = meant === null ? [] : [{ section: SECTION, key: KEY, value: meant }];
  const isWritten = written !== null && meant !== null;
  const steps = isWritten ? changeOptions(config, changes, probe) : null;
  const hidden = url.replace(/\/\/[^/@]*@/, "//…@");
  const shown = printable(hidden);
  return {
    severity: "error",
    subject: "serverurl",
    symptom: printable(problem.replace(url, () => hidden)),
    cause: "serverurl has to be unix:// with an absolute path, or http:// with host and port.",
    evidence: [`serverurl is ${shown}`],
    place: optionPlace(config, SECTION, KEY),
    repair: {
      class: steps === null ? "C" : "B",
      advice: meant === null ? "Write a valid address" : `Write ${printable(meant)}`,
      commands: describeChanges(config, changes),
      steps: steps ?? [],
    },
  };
}
