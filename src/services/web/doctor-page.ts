// The page of the doctor, `/doctor.html`: what tsv doctor found on the host when it ran last, with the commands that fix it.

import { epochSeconds } from "../../core/base/time.ts";
import { findingsText, findingViews } from "../../core/web/findings-view.ts";
import { agoText } from "../../core/why/restarts.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { findProcess } from "./program-page.ts";
import { htmlReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

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
  const found = { counts: findingsText(findings), findings: findingViews(findings, isProgram) };
  const page = { ...view, ago, ...found, unknown, hasUnknown: unknown.length > 0 };
  return htmlReply(templates.render("doctor", page));
}
