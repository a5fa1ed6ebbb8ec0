// depends_on, restart_with and type=oneshot: valid and refused values.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dependenciesOf, problemOfJoining } from "../../../../src/core/config/dependencies.ts";
import { checkConfig } from "../../../../src/core/config/lint/check.ts";
import { fc } from "../../../property.ts";
import { group, program } from "../process/samples.ts";
import { fakeWorld } from "./fake-world.ts";

/** The errors of a configuration with these sections, `web: depends_on=db; type=oneshot` each. */
function errorsOf(...sections: readonly string[]): string[] {
  const text = sections.map((section) => {
    const [name, options] = split(section);
    const lines = ["command=/bin/cat", ...options.split(";").map((line) => line.trim())];
    return `[${name.includes(":") ? name : `program:${name}`}]\n${lines.filter(Boolean).join("\n")}\n`;
  });
  const files = { "/etc/s.conf": `[supervisord]\nuser=root\n${text.join("")}` };
  return checkConfig("/etc/s.conf", fakeWorld(files))
    .filter(({ severity }) => severity === "error")
    .map(({ line, key, message }) => `${line} ${key}: ${message}`);
}

/** Splits at the first `: `. */
function split(section: string): [string, string] {
  const at = section.indexOf(": ");
  return at < 0 ? [section, ""] : [section.slice(0, at), section.slice(at + 2)];
}

test("what restart_with names has to be running, unless depends_on says more", () => {
  const config = program({
    dependsOn: [{ name: "db", condition: "completed" }],
    restartWith: ["db", "cache"],
  });
  assert.deepEqual(dependenciesOf(config), [
    { name: "db", condition: "completed" },
    { name: "cache", condition: "running" },
  ]);
});

test("programs, processes and whole groups can be named", () => {
  const pool = "pool: numprocs=2; process_name=%(process_num)d";
  assert.deepEqual(errorsOf("db", pool, "a: depends_on=db,pool,pool:1,pool:*"), []);
  assert.deepEqual(errorsOf("db", "group:all: programs=db", "a: depends_on=db,all:db,all:*"), []);
});

test("each process of a program may need another one", () => {
  const pair = "numprocs=2; process_name=%(process_num)d";
  assert.deepEqual(errorsOf(`db: ${pair}`, `web: ${pair}; depends_on=db:%(process_num)d`), []);
  assert.match(
    errorsOf(
      `db: ${pair}`,
      `web: numprocs=3; process_name=%(process_num)d; depends_on=db:%(process_num)d`,
    ).join(),
    /names db:2, which is no program/,
  );
});

test("a name that means nothing is refused at its line, with what was meant", () => {
  const [error = "", ...others] = errorsOf("postgres", "web: depends_on=postgress");
  assert.match(error, /^7 depends_on: depends_on names postgress, .*did you mean postgres\?/);
  assert.deepEqual(others, []);
  assert.match(
    errorsOf("db", "group:all: programs=db", "web: depends_on=all").join(),
    /did you mean all:\*\?/,
  );
  assert.match(errorsOf("web: restart_with=db").join(), /5 restart_with: restart_with names db/);
  for (const [name, meant] of [
    ["nodb", "db"],
    ["nodb:ready", "db"],
    ["pos", "postgres"],
  ] as const) {
    const text = errorsOf("db", "postgres", `web: depends_on=${name}`).join();
    assert.match(text, new RegExp(`did you mean ${meant}\\?`));
  }
  // Two are as near.
  assert.doesNotMatch(errorsOf("db1", "db2", "web: restart_with=db-main").join(), /did you mean/);
});

test("a condition that never becomes true is refused", () => {
  const [error = ""] = errorsOf("db", "web: depends_on=db:completed");
  assert.match(error, /db:completed never becomes true: \[program:db\] has no type=oneshot/);
  assert.deepEqual(errorsOf("db: type=oneshot", "web: depends_on=db:completed"), []);
});

describe("a condition of another tool is named with that of tsv", () => {
  const OF_WEB = "web: depends_on=";
  const db = "db: ready_check=tcp://127.0.0.1:5432";
  for (const [written, meant] of [
    [
      "db:service_healthy",
      /service_healthy is no condition \(running, ready or completed\) and no process of db; write db:ready$/,
    ],
    ["db:healthy", /; write db:ready$/],
    ["db:process_healthy", /; write db:ready$/],
    ["db:service_started", /; write db:running$/],
    ["db:active", /; write db:running$/],
    ["db:redy", /redy is no condition .*; write db:ready$/],
    ["db:db:started", /is not NAME.* completed: write db:db:running$/],
    [
      "db:service_completed_successfully",
      /; write db:completed, and type=oneshot in \[program:db\]$/,
    ],
    ["db:process_completed", /; write db:completed, and type=oneshot/],
    [
      "db.service",
      /names db.service, which is no program of the configuration \(did you mean db\?\)$/,
    ],
    ["network-online.target", /; units of systemd cannot be named here$/],
    ["db (healthy)", /: write db:ready$/],
    ["db condition: service_started", /: write db:running$/],
    ["db=healthy", /; write db:ready$/],
    ["db:db:healthy:x", /with running, ready, completed$/],
    ["db web", /: write db, web$/],
    ["nodb:", /'nodb:' is not NAME.*: write nodb$/],
    ["db:db:", /'db:db:' is not NAME.*: write db:db$/],
    ["db:7", /names db:7, which is no program of the configuration \(did you mean db:\*\?\)$/],
  ] as const) {
    test(written, () => assert.match(errorsOf(db, OF_WEB + written).join(), meant));
  }

  test("and with what the program lacks for it", () => {
    const [error = ""] = errorsOf("db", `${OF_WEB}db:healthy`);
    assert.match(error, /; write db:ready, and ready_check in \[program:db\]$/);
  });

  test("in restart_with, which has no conditions", () => {
    const [error = ""] = errorsOf(db, "web: restart_with=db:healthy");
    assert.match(
      error,
      /restart_with names db:healthy: it takes names without a condition; write db,/,
    );
    assert.match(errorsOf(db, "web: restart_with=db:ready").join(), /and depends_on=db:ready$/);
  });
});

test("the program itself is not what was meant", () => {
  assert.match(errorsOf("b1", "a: restart_with=b").join(), /did you mean b1\?/);
  assert.doesNotMatch(errorsOf("a: restart_with=b").join(), /did you mean/);
});

test("a cycle is refused with its path", () => {
  assert.match(
    errorsOf("a: depends_on=b", "b: depends_on=c", "c: depends_on=a", "d: depends_on=a").join(),
    /^5 depends_on: its dependencies form a cycle: a -> b -> c -> a/,
  );
  assert.match(errorsOf("a: depends_on=a").join(), /cycle: a -> a/);
  assert.match(errorsOf("a: restart_with=b", "b: depends_on=a").join(), /cycle: a -> b -> a/);
  const group = "group:g: programs=a,b";
  assert.match(errorsOf("a", "b: depends_on=g:*", group).join(), /cycle: g:b -> g:b/);
});

test("a graph of any shape has a cycle exactly when it is reported", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14 }),
      (edges: readonly (readonly [number, number])[]) => {
        const sections = Array.from({ length: 8 }, (_, node) => {
          const needs = edges.filter(([from]) => from === node).map(([, to]) => `p${to}`);
          return needs.length === 0 ? `p${node}` : `p${node}: depends_on=${needs.join(",")}`;
        });
        const found = errorsOf(...sections).some((error) => error.includes("cycle"));
        assert.equal(found, hasCycle(edges));
      },
    ),
  );
});

/** Takes away what needs nothing until nothing is left. */
function hasCycle(edges: readonly (readonly [number, number])[]): boolean {
  let left = edges;
  for (;;) {
    const next = left.filter(([, to]) => left.some(([from]) => from === to));
    if (next.length === left.length) return left.length > 0;
    left = next;
  }
}

test("a chain of ten thousand programs is searched without deep recursion", () => {
  const chain = Array.from({ length: 10_000 }, (_, n) =>
    n === 9_999 ? `p${n}` : `p${n}: depends_on=p${n + 1}`,
  );
  assert.deepEqual(errorsOf(...chain), []);
});

/** A process that needs others of the group `g`. */
function needing(name: string, ...names: readonly string[]): ReturnType<typeof program> {
  const dependsOn = names.map((each) => ({ name: `g:${each}`, condition: "running" as const }));
  return program({ name, programName: name, dependsOn });
}

test("a process that joins must not be in a cycle, also where others are in one already", () => {
  const running = group("g", [
    needing("x", "y"),
    needing("y", "x"),
    needing("c", "a"),
    needing("d"),
  ]);
  const join = (...processes: ReturnType<typeof program>[]): string | null =>
    problemOfJoining([running], "g", processes);
  assert.equal(join(needing("a", "d")), null);
  assert.equal(join(needing("a", "x")), null, "it is in no cycle itself");
  const cycle = "its dependencies form a cycle: g:a -> g:c -> g:a";
  assert.equal(join(needing("a", "c")), cycle);
  assert.equal(join(needing("a", "x", "c")), cycle);
  assert.equal(join(needing("b", "d"), needing("a", "c")), cycle);
  assert.equal(join(needing("a", "b"), needing("b", "a")), cycle.replaceAll("g:c", "g:b"));
  const many = [needing("b", "c"), needing("a", "c")];
  assert.equal(join(...many), cycle, "of those that need the same, the one in the cycle is named");
});

test("of any graph a joining process is refused exactly when it is in a cycle", () => {
  const names = ["a", "b", "c", "d", "e"];
  const edges = fc.array(fc.subarray(names), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(edges, fc.integer({ min: 1, max: 4 }), (needs, count) => {
      const all = names.map((name, i) => needing(name, ...(needs[i] ?? [])));
      const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
        (needs[names.indexOf(from)] ?? []).some((next) => {
          if (next === to) return true;
          if (seen.has(next)) return false;
          seen.add(next);
          return reaches(next, to, seen);
        });
      const problem = problemOfJoining([group("g", all.slice(count))], "g", all.slice(0, count));
      const isInCycle = names.slice(0, count).some((name) => reaches(name, name));
      assert.equal(problem?.includes("cycle") ?? false, isInCycle);
    }),
  );
});
