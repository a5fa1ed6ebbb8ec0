// When an installation would start a second daemon on one configuration.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conflictOf, supervisorName, type Wanted } from "../../../../src/install/plan/choices.ts";
import type { FoundSupervisor } from "../../../../src/install/plan/take-over.ts";

const CONFIG = "/etc/supervisord.conf";
const SERVICE = {
  ...{ name: "supervisor", path: "/etc/systemd/system/supervisor.service", text: "" },
  ...{ isRunning: false, isEnabled: false, isMasked: false },
};
const PROCESS = { pid: 12, argv: ["supervisord"], cwd: "/" };

function supervisor(changes: Partial<FoundSupervisor> = {}): FoundSupervisor {
  return { service: null, process: null, config: CONFIG, ...changes };
}

function conflict(changes: Partial<Wanted>): string | null {
  return conflictOf({
    request: { name: "tsv", config: null },
    requirements: { config: CONFIG, server: "unix:///run/tsv.sock" },
    supervisor: null,
    answers: false,
    running: "/opt/tsv",
    ...changes,
  });
}

test("a Supervisor that runs, or will at boot, conflicts on the same configuration only", () => {
  assert.notEqual(conflict({ supervisor: supervisor({ process: PROCESS }) }), null);
  for (const changes of [{ isRunning: true }, { isEnabled: true }]) {
    const service = { ...SERVICE, ...changes };
    assert.notEqual(conflict({ supervisor: supervisor({ service }) }), null);
  }
  assert.equal(conflict({ supervisor: supervisor({ service: SERVICE }) }), null);
  const elsewhere = supervisor({ process: PROCESS, config: "/etc/other.conf" });
  assert.equal(conflict({ supervisor: elsewhere }), null);
});

test("another daemon that answers conflicts, and the lines to paste name another name", () => {
  const text = conflict({ answers: true }) ?? "";
  assert.match(text, /^ {2}\/opt\/tsv install --boot --name tsv2$/m);
  const given = conflict({ answers: true, request: { name: "tsv", config: CONFIG } }) ?? "";
  assert.match(given, /^ {2}\/opt\/tsv install --boot$/m);
  assert.equal(conflict({}), null);
});

test("a Supervisor is named by its service and its pid, where it has them", () => {
  const both = supervisorName(supervisor({ service: SERVICE, process: PROCESS }));
  assert.equal(both, `Supervisor (${SERVICE.path}, pid 12)`);
  assert.equal(supervisorName(supervisor({ process: PROCESS })), "Supervisor (pid 12)");
});
