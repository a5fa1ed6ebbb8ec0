// The daemon's data of a program, compared with its file.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { wireOptions } from "../../../../src/core/config/options/wire.ts";
import { changedOptions } from "../../../../src/doctor/facts/config-facts.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";

const PROGRAM = fakeProcessConfig("web", { uid: 33, exitCodes: [0, 2], autorestart: "always" });

function told(): Record<string, unknown> {
  return Object.fromEntries(wireOptions(PROGRAM).map(({ wire, value }) => [wire, value]));
}

describe("changedOptions", () => {
  const changed = (known: object) => changedOptions({ ...known }, PROGRAM);

  test("says nothing of a program that runs as its file says", () => {
    assert.deepEqual(changed(told()), []);
    // Supervisor does not tell autorestart, and names the file of an AUTO log.
    const { autorestart, ...others } = told();
    assert.equal(autorestart, true);
    assert.deepEqual(changed({ ...others, stdout_logfile: "/tmp/web-stdout---x.log" }), []);
  });

  test("names each option as it is written in a file", () => {
    const known = { ...told(), uid: "none", process_prio: 5, exitcodes: [0], stderr_syslog: true };
    assert.deepEqual([...changed(known)].sort(), [
      "exitcodes",
      "priority",
      "stderr_syslog",
      "user",
    ]);
  });
});
