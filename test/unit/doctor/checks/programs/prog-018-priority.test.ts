// PROG-018 on hosts in memory: configured priorities.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PRIORITY } from "../../../../../src/doctor/checks/programs/prog-018-priority.ts";
import { config, host, look, one } from "./rig.ts";

const SLEEP = "command=sleep 5";

describe("PROG-018", () => {
  test("configured priorities are only explained", () => {
    const text = `${config(SLEEP, "priority=1")}[program:b]\n${SLEEP}\npriority=2\n`;
    assert.equal(one(look(PRIORITY, host(), text)).severity, "info");
    assert.deepEqual(look(PRIORITY, host(), config(SLEEP, "priority=1")), []);
    assert.deepEqual(look(PRIORITY, host(), `${config(SLEEP)}[program:b]\n${SLEEP}\n`), []);
  });
});
