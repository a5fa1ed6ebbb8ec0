// The whole catalogue reports nothing on healthy hosts, for any caller.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loud } from "./prove.ts";
import { USUAL_HOSTS } from "./usual-hosts.ts";
import { World } from "./world.ts";

describe("the whole catalogue is silent", () => {
  for (const { what, like } of USUAL_HOSTS) {
    test(`about ${what}`, () => {
      const world = new World();
      like(world);
      const seen = world.examine();
      assert.deepEqual(loud(seen), []);
      assert.deepEqual(
        seen.unknown.map(({ code, what: unknown }) => `${code} ${unknown}`),
        [],
      );
    });
  }
});
