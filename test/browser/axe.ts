// The rules of axe-core, in the page.

import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import type { Visit } from "./rig.ts";

/** What a page violates: rules, and the elements that do. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(`axe.run().then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(", "),
  ))`);
  return found as readonly string[];
}

/** Requires that a page violates nothing on a phone, in a window and on a large screen, in light and dark. @param ready waits until the page is complete */
export async function expectAccessible(
  v: Visit,
  path: string,
  ready: (page: Page) => Promise<unknown>,
): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await v.open(path, { colorScheme });
    await ready(page);
    for (const width of [390, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await violations(page), [], `${path}, ${width} px, ${colorScheme}`);
    }
    await page.context().close();
  }
}
