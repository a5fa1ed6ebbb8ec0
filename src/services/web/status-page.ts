// The page that lists all programs.

import type { Steps } from "../../core/base/steps.ts";
import { Written } from "../../core/base/template.ts";
import { epochSeconds } from "../../core/base/time.ts";
import { inTurns } from "../../core/base/turns.ts";
import { countViews, summaryText } from "../../core/web/state-counts.ts";
import { type SectionView, sectionViews } from "../../core/web/status-view.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { allFacts } from "./facts.ts";
import { htmlReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

type PageDeps = Pick<WebDeps, "supervisor" | "logs" | "usage" | "eventLog" | "now" | "startTurns">;

/** Answers `/`. @param common what the template needs besides */
export async function statusPage(
  deps: PageDeps,
  templates: Templates,
  common: object,
): Promise<HttpReply> {
  // What happens while the page is made is newer than it: its rows are sent to it.
  const version = deps.eventLog.end().seq;
  const programs = allFacts(deps, (await deps.usage.look()) ?? new Map());
  const steps = rowsInSteps(templates, sectionViews(programs));
  const sections = await inTurns(steps, deps.startTurns());
  const page = {
    ...common,
    sections,
    isEmpty: sections.length === 0,
    counts: countViews(programs),
    summary: summaryText(programs),
    stateVersion: version,
    now: epochSeconds(deps.now().wall),
  };
  return htmlReply(templates.render("status", page));
}

/** The sections with their rows as HTML. Most of the work of a page: a thousand rows take a tenth of a second. */
function* rowsInSteps(
  templates: Templates,
  sections: readonly SectionView[],
): Steps<readonly object[]> {
  const filled: object[] = [];
  for (const section of sections) {
    const rows: Written[] = [];
    for (const row of section.rows) {
      rows.push(new Written(templates.row(row).trimEnd()));
      yield;
    }
    filled.push({ ...section, rows, isGroup: section.spec !== "", count: rows.length });
  }
  return filled;
}
