// What the pages over all hosts show.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  filterHosts,
  fleetProgramRows,
  type HostView,
  hostRows,
  programRows,
  readPrograms,
  stateText,
} from "../../../../src/core/fleet/overview.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";

function host(
  name: string,
  states: Readonly<Record<string, string>> | null,
  failure = "",
): HostView {
  return {
    ...{ name, url: `http://${name}:9001`, labels: new Map([["site", name.split("-")[0] ?? ""]]) },
    programs:
      states &&
      Object.entries(states).map(([label, state]) => ({ label, state, description: "pid 1" })),
    failure: failure === "" ? null : { kind: "failed", message: failure, steps: [] },
  };
}

const HOSTS = [
  host("berlin-1", { web: "RUNNING", db: "STOPPED" }),
  host("berlin-2", { web: "RUNNING" }, "it is away"),
  host("paris-1", { web: "FATAL" }),
  host("paris-2", null),
];

test("hosts that need attention come first, and the others stay in their order", () => {
  assert.deepEqual(
    hostRows(HOSTS).map(({ name, isFailing, isAsked, failure }) => [
      name,
      isFailing,
      isAsked,
      failure,
    ]),
    [
      ["berlin-2", true, false, "it is away"],
      ["paris-1", true, false, ""],
      ["berlin-1", false, false, ""],
      ["paris-2", false, true, ""],
    ],
  );
});

test("a program that is down for a reason of the operator needs no attention", () => {
  const rows = programRows(HOSTS[0]?.programs ?? []);
  assert.deepEqual(
    rows.map(({ label, isFailing, canStart, canStop }) => [label, isFailing, canStart, canStop]),
    [
      ["web", false, false, true],
      ["db", false, true, false],
    ],
  );
});

test("a program that runs and is unhealthy needs attention, and can be stopped", () => {
  const answer = ["unhealthy: exit status 1 (1 of 1)", "pid 7, uptime 0:00:01"].map(
    (description, at) => ({ ...{ group: "g", name: `p${at}`, statename: "RUNNING" }, description }),
  );
  assert.deepEqual(
    programRows(readPrograms(answer) ?? []).map(
      ({ label, state, isFailing, canStart, canStop }) => [
        ...[label, state, isFailing],
        ...[canStart, canStop],
      ],
    ),
    [
      ["g:p0", "unhealthy", true, false, true],
      ["g:p1", "running", false, false, true],
    ],
  );
});

test("programs over all hosts are by name, bad ones first, with the hosts where they are bad", () => {
  assert.deepEqual(
    fleetProgramRows(HOSTS).map(({ label, hosts, bad }) => [
      label,
      hosts,
      bad.map(({ name }) => name),
    ]),
    [
      ["web", "3 hosts", ["paris-1"]],
      ["db", "1 host", []],
    ],
  );
});

test("a filter takes names, labels and addresses in any case", () => {
  const names = (text: string) => filterHosts(HOSTS, text).map(({ name }) => name);
  assert.deepEqual(names(" "), ["berlin-1", "berlin-2", "paris-1", "paris-2"]);
  assert.deepEqual(names("SITE=paris"), ["paris-1", "paris-2"]);
  assert.deepEqual(names("berlin-2:9001"), ["berlin-2"]);
  assert.deepEqual(names("nosuch"), []);
});

test("only states count as a change: descriptions have times", () => {
  const [first = host("a", {})] = HOSTS;
  const later = (description: string, state = "RUNNING"): HostView => ({
    ...first,
    programs: [{ label: "web", state, description }],
  });
  assert.equal(stateText([later("uptime 1")]), stateText([later("uptime 2")]));
  assert.notEqual(stateText([later("uptime 1")]), stateText([later("uptime 1", "FATAL")]));
});

test("an answer of any form is read or refused, and what is kept of it is bounded", () => {
  const text = fc.string({ maxLength: 1000 });
  const info = fc.record({ group: text, name: text, statename: text, description: text });
  const answer = fc.oneof(fc.array(fc.oneof(info, text, fc.integer())), text, fc.constant(null));
  fc.assert(
    fc.property(answer, (value) => {
      for (const { label, state, description } of readPrograms(value as XmlRpcValue) ?? []) {
        assert.ok(label.length <= 801 && state.length <= 400 && description.length <= 400);
      }
    }),
  );
  const many = Array.from({ length: 6000 }, () => ({
    group: "a",
    name: "b",
    statename: "RUNNING",
  }));
  assert.equal(readPrograms(many)?.length, 5000);
});
