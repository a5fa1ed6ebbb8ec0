// The page of the doctor, `/doctor.html`: what tsv doctor found on the host when it ran last, with the commands that fix it.

import { epochSeconds } from "../../core/base/time.ts";
import { findingsText, findingViews } from "../../core/web/findings-view.ts";
import { agoText } from "../../core/why/restarts.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { findProcess } from "./program-page.ts";
import { htmlReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

/** Findings, and what could not be checked: a page is made in one turn of the daemon. */
const MOST_SHOWN = 200;

/** @param common what the template needs besides */
export function doctorPage(
  deps: Pick<WebDeps, "findings" | "supervisor" | "now">,
  templates: Templates,
  common: object,
): HttpReply {
  const last = deps.findings.last();
  const now = epochSeconds(deps.now().wall);
  const isProgram = (subject: string) => findProcess(deps, subject) !== null;
  const view = { ...common, now, button: last === null ? "Examine the host" : "Examine again" };
  if (last === null) return htmlReply(templates.render("doctor", view));
  const { at, outcome } = last;
  const ago = { at, text: agoText(now - at) };
  if (!outcome.ok) {
    return htmlReply(templates.render("doctor", { ...view, ago, problem: outcome.error }));
  }
  const { findings, unknown } = outcome.value;
  const isLimited = Math.max(findings.length, unknown.length) > MOST_SHOWN;
  const page = {
    ...{ ...view, ago, counts: findingsText(findings) },
    limited: isLimited ? `The first ${MOST_SHOWN} are shown. To see all, run on the host` : "",
    findings: findingViews(findings.slice(0, MOST_SHOWN), isProgram),
    unknown: unknown.slice(0, MOST_SHOWN),
    hasUnknown: unknown.length > 0,
  };
  return htmlReply(templates.render("doctor", page));
}
