// The page that lists all programs.

import { Written } from "../../core/base/template.ts";
import { epochSeconds } from "../../core/base/time.ts";
import { countViews, summaryText } from "../../core/web/state-counts.ts";
import { sectionViews } from "../../core/web/status-view.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { allFacts, allPrograms } from "./facts.ts";
import { htmlReply, textReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

type PageDeps = Pick<WebDeps, "supervisor" | "logs" | "usage" | "eventLog" | "now" | "turns">;

/** Programs of a page that needs no slot for large work: about 64 KB. */
const FEW_PROGRAMS = 50;

/** Answers `/`. @param common what the template needs besides */
export async function statusPage(
  request: Pick<HttpRequest, "enter">,
  deps: PageDeps,
  templates: Templates,
  common: object,
): Promise<HttpReply> {
  if (allPrograms(deps).length > FEW_PROGRAMS && !(await request.enter())) {
    return textReply("Other requests with large answers are in work: try again.\n", 503);
  }
  // What happens while the page is made is newer than it: its rows are sent to it.
  const version = deps.eventLog.end().seq;
  const programs = allFacts(deps, (await deps.usage.look()) ?? new Map());
  const sections: object[] = [];
  for (const section of sectionViews(programs)) {
    const rows: Written[] = [];
    for (const row of section.rows) {
      // Most of the work of a page: a thousand rows take a tenth of a second.
      rows.push(new Written(templates.row(row).trimEnd()));
      const pause = deps.turns.pause();
      if (pause !== null) await pause;
    }
    sections.push({ ...section, rows, isGroup: section.spec !== "", count: rows.length });
  }
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
