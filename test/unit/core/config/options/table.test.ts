// The option table.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  findEntry,
  OPTIONS,
  optionsOf,
  sectionKind,
} from "../../../../../src/core/config/options/table.ts";
import { parseValue } from "../../../../../src/core/config/values.ts";
import { fakeWorld } from "../fake-world.ts";

describe("the option table", () => {
  const world = fakeWorld({});
  for (const { section, key, kind, default: text } of OPTIONS) {
    if (text === null || key === "process_name") continue;
    test(`the default of ${section}.${key} is a valid ${kind}`, () => {
      assert.ok(parseValue(kind, text, world).ok);
    });
  }

  test("lends program options to listeners and FastCGI programs", () => {
    assert.equal(findEntry("eventlistener", "priority")?.default, "-1");
    assert.equal(findEntry("fcgi-program", "priority")?.default, "999");
    assert.equal(findEntry("program", "events"), null);
    assert.ok(optionsOf("eventlistener").some(({ key }) => key === "stdout_logfile"));
    assert.equal(sectionKind("inet_http_server:x"), "inet_http_server");
    assert.equal(sectionKind("program"), null);
  });
});
