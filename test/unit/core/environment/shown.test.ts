// Which values of an environment are shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Layer } from "../../../../src/core/environment/layers.ts";
import { shownVariables } from "../../../../src/core/environment/shown.ts";

function layer(source: Layer["source"], variables: Record<string, string>): Layer {
  return { source, variables, placeOf: () => null };
}

test("a variable that contains the secret of another one is hidden with it", () => {
  const layers = [
    layer("daemon", { SECRETVAR: "envdaemonpanther", LANG: "C.UTF-8" }),
    layer("environment", { A: "x envdaemonpanther y", DBPASS: "short", COMPASS: "north" }),
  ];
  assert.deepEqual(
    shownVariables(layers, false).map(({ name, value, isSecret }) => [name, value, isSecret]),
    [
      ["A", "x <redacted> y", true],
      ["COMPASS", "north", false],
      ["DBPASS", null, true],
      ["LANG", "C.UTF-8", false],
      ["SECRETVAR", null, true],
    ],
  );
  assert.equal(shownVariables(layers, true)[0]?.value, "x envdaemonpanther y");
});
