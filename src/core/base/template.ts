// The one door to the package mustache. HTML is always escaped: a template that asks for raw text is refused.

import mustache from "mustache";

const RAW = /\{\{\{|\{\{\s*&/;

/**
 * Fills an HTML template; every value is escaped for text and for quoted attributes.
 * @param partials templates that this one includes, by name
 * @throws when a template holds `{{{x}}}` or `{{&x}}`: nothing of ours is HTML already
 */
export function renderHtml(
  template: string,
  view: object,
  partials: Readonly<Record<string, string>> = {},
): string {
  for (const text of [template, ...Object.values(partials)]) {
    if (RAW.test(text)) throw new Error("internal error: an HTML template asks for raw text");
  }
  return mustache.render(template, view, { ...partials });
}
