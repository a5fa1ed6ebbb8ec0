// The order of sources, and where each variable comes from.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  environmentLayers,
  type Gathered,
  mergeLayers,
  NOTHING_GATHERED,
} from "../../../../src/core/environment/layers.ts";
import { program } from "../process/samples.ts";

const GATHERED: Gathered = {
  user: { name: "www", home: "/srv", shell: "/bin/zsh" },
  files: [
    {
      path: "/a.env",
      variables: [
        { name: "A", value: "1", line: 1 },
        { name: "A", value: "2", line: 4 },
        { name: "__proto__", value: "own", line: 5 },
      ],
    },
    { path: "/b.env", variables: [{ name: "A", value: "3", line: 2 }] },
  ],
  command: [{ name: "C", value: "4", line: 1 }],
};

const CONTEXT = {
  environment: { PATH: "/bin", LANG: "C", HOME: "/daemon" },
  serverUrl: "unix:///s",
};

test("later sources win, and each knows its place", () => {
  const config = program({
    environment: { C: "5", D: "6" },
    environmentPlaces: { C: "/etc/s.conf:7", D: "/etc/s.conf:7" },
  });
  const layers = environmentLayers(config, "g", CONTEXT, GATHERED);
  assert.deepEqual(
    layers.map(({ source }) => source),
    ["daemon", "user", "supervisor", "env_file", "env_file", "env_command", "environment"],
  );
  const merged = mergeLayers(layers);
  assert.deepEqual(
    ["A", "C", "D", "HOME", "SHELL", "PATH", "SUPERVISOR_GROUP_NAME"].map((name) => merged[name]),
    ["3", "5", "6", "/srv", "/bin/zsh", "/bin", "g"],
  );
  assert.equal(Object.getOwnPropertyDescriptor(merged, "__proto__")?.value, "own");
  assert.deepEqual(
    layers.map(({ placeOf }) => placeOf("A") ?? placeOf("C")),
    [null, null, null, "/a.env:4", "/b.env:2", null, "/etc/s.conf:7"],
  );
});

test("environment_pass chooses variables of the daemon by name and pattern", () => {
  const passed = (environmentPass: readonly string[] | null, tty = false) =>
    environmentLayers(program({ environmentPass, tty }), "g", CONTEXT, NOTHING_GATHERED)[0]
      ?.variables;
  assert.deepEqual(passed(null), CONTEXT.environment);
  assert.deepEqual(passed([]), {});
  assert.deepEqual(passed(["PATH", "L*"]), { PATH: "/bin", LANG: "C" });
  assert.deepEqual(passed(["?OME", "NONE"]), { HOME: "/daemon" });
  assert.deepEqual(passed(["PATH"], true), { PATH: "/bin" });
});
