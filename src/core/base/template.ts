// The one door to the package mustache. Every value is escaped for the template's own syntax: a template that asks for
// raw text is refused.

import mustache from "mustache";

const RAW = /\{\{\{|\{\{\s*&/;

/**
 * Fills an HTML template; every value is escaped for text and for quoted attributes, but for a `Written`, which is HTML.
 * @param partials templates that this one includes, by name
 * @throws when a template holds `{{{x}}}` or `{{&x}}`: nothing of ours is HTML already
 */
export function renderHtml(
  template: string,
  view: object,
  partials: Readonly<Record<string, string>> = {},
): string {
  return renderText(template, view, mustache.escape, partials);
}

/** A value that is written in its template's syntax already: it goes in as it is. */
export class Written {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Fills a template of any text.
 * @param escapeValue writes a value in the template's syntax; not asked for a `Written`
 * @throws when a template holds `{{{x}}}` or `{{&x}}`: what needs no escaping is a `Written`
 */
export function renderText(
  template: string,
  view: object,
  escapeValue: (value: string) => string,
  partials: Readonly<Record<string, string>> = {},
): string {
  if ([template, ...Object.values(partials)].some((text) => RAW.test(text))) {
    throw new Error("internal error: a template asks for raw text");
  }
  const write = (value: unknown): string =>
    value instanceof Written ? value.text : escapeValue(String(value));
  return mustache.render(template, view, { ...partials }, { escape: write });
}
