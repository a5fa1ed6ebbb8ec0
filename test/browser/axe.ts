// The rules of axe-core, in the page.

import axe from "axe-core";
import type { Page } from "playwright-core";

/** What a page violates: rules, and the elements that do. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(`axe.run().then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(", "),
  ))`);
  return found as readonly string[];
}
