import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instant } from "../../../../src/core/base/time.ts";
import type { Config, ProcessConfig } from "../../../../src/core/config/model.ts";
import { USER } from "../../../../src/core/config/options/servers.ts";
import { defaultsOf } from "../../../../src/core/config/reading.ts";
import { beginJournal, configOf, recoverSnapshot } from "../../../../src/core/snapshot/snapshot.ts";
import { GroupTable, supervisorInput } from "../../../../src/core/snapshot/supervision.ts";
import { commit, liveState } from "../../../../src/core/supervisor/draft.ts";
import { initialState, type SupervisorInput } from "../../../../src/core/supervisor/model.ts";
import { isRoutine } from "../../../../src/core/supervisor/routine.ts";
import { step } from "../../../../src/core/supervisor/step.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeSnapshot, throughJson } from "../../../fakes/snapshot.ts";
import { fc } from "../../../property.ts";
import { key } from "../../services/supervisor/rig.ts";
import { arbitraryOf } from "./arbitrary.ts";

const WEB = key("web:web");
const DB = key("db:db");
const NOW: Instant = { mono: 1000, wall: 2000 };
const UTC = (): number => 0;

/** A daemon that writes down what it decides. */
function recorded() {
  const state = liveState(initialState());
  const { snapshot, journal } = beginJournal(fakeSnapshot({ supervision: state }));
  const lines: string[] = [];
  const take = (input: SupervisorInput, isNested = false, now = NOW): void => {
    const { patch } = step(state, input, now, UTC);
    const decision = { input, now, patch, isNested, isRoutine: isRoutine(state, input, patch) };
    commit(state, patch);
    lines.push(journal.lines(decision));
  };
  const recover = (text = lines.join("")) => {
    const recovered = recoverSnapshot(snapshot, text, UTC);
    assert.ok(recovered.ok, recovered.ok ? "" : recovered.error);
    return recovered.value;
  };
  const expected = () => throughJson(fakeSnapshot({ supervision: state })).supervision;
  const configured = (config: Config) => void lines.push(journal.configured(config));
  return { state, snapshot, lines, take, configured, recover, expected };
}

/** One that runs a program of a group that the snapshot does not have. */
function running(changes: Partial<ProcessConfig> = {}) {
  const daemon = recorded();
  const program = fakeProcessConfig("web", changes);
  daemon.take({ kind: "add-group", config: fakeGroupConfig("web", [program]) });
  daemon.take({ kind: "start", key: WEB });
  daemon.take({ kind: "next-start" });
  daemon.take({ kind: "resolved", key: WEB, problem: null });
  daemon.take({ kind: "spawned", key: WEB, pid: 42 });
  return daemon;
}

test("a snapshot with its journal is the state after the last decision", () => {
  const daemon = running();
  assert.equal(daemon.state.pids.get(42), WEB);
  assert.deepEqual(daemon.recover().snapshot.supervision, daemon.expected());
});

test("a configuration that was read is in the journal, and its groups that are there only once", () => {
  const daemon = recorded();
  const web = fakeGroupConfig("web", [fakeProcessConfig("web")]);
  const [before, after] = ["/bin/before", "/bin/after"].map((command) =>
    fakeGroupConfig("db", [fakeProcessConfig("db", { command })]),
  );
  assert.ok(before !== undefined && after !== undefined);
  daemon.take({ kind: "add-group", config: web });
  daemon.configured(fakeConfig([web, before]));
  const users = [{ name: "ann", ...defaultsOf(USER) }];
  daemon.configured({ ...fakeConfig([web, after]), users });
  daemon.configured(fakeConfig([web, after]));
  const groups = daemon.lines.map((line) => {
    return (JSON.parse(line) as { groups?: unknown[] }).groups?.length ?? 0;
  });
  assert.deepEqual(groups, [1, 1, 1, 0]);

  const { current, supervision, hadUsers } = daemon.recover().snapshot;
  assert.deepEqual(current, fakeConfig([web, after]));
  assert.equal(current.groups[0], supervision.groups.get("web")?.config, "one object");
  assert.ok(hadUsers, "its servers go on to ask for passwords");
  const died = daemon.recover(daemon.lines.slice(0, 2).join("")).snapshot;
  assert.deepEqual([died.current, died.hadUsers], [fakeConfig([web, before]), false]);

  const found = (journal: string) => configOf(daemon.snapshot, journal)?.config.groups;
  assert.deepEqual(found(daemon.lines.join("")), [web, after]);
  assert.deepEqual(found("{}\n{damaged}\n"), fakeSnapshot().current.groups);
});

test("each beginning of a journal is a state that the daemon had", () => {
  const daemon = recorded();
  const states = [daemon.expected()];
  const config = fakeGroupConfig("web", [fakeProcessConfig("web")]);
  for (const input of [
    { kind: "add-group", config },
    { kind: "start", key: WEB },
    { kind: "next-start" },
    { kind: "resolved", key: WEB, problem: null },
  ] as const) {
    daemon.take(input);
    states.push(daemon.expected());
  }
  for (const [length, state] of states.entries()) {
    const text = daemon.lines.slice(0, length).join("");
    assert.deepEqual(daemon.recover(text).snapshot.supervision, state, `${length} lines`);
  }
});

test("a line that was being written does not count", () => {
  const daemon = running();
  const before = daemon.lines.slice(0, -1).join("");
  const [last = ""] = daemon.lines.slice(-1);
  const expected = daemon.recover(before).snapshot.supervision;
  for (const length of [1, Math.floor(last.length / 2), last.length - 1]) {
    const cut = before + last.slice(0, length);
    assert.deepEqual(daemon.recover(cut).snapshot.supervision, expected);
  }
});

test("the signals of the last decision and its consequences are kept, and no others", () => {
  const daemon = running();
  assert.deepEqual(daemon.recover().kills, []);
  daemon.take({ kind: "stop", key: WEB });
  const kill = { kind: "kill", key: WEB, pid: 42, signal: 15, target: "process" };
  assert.deepEqual(daemon.recover().kills, [kill]);
  daemon.take({ kind: "report-waiting" }, true);
  assert.deepEqual(daemon.recover().kills, [kill]);
  daemon.take({ kind: "report-waiting" });
  assert.deepEqual(daemon.recover().kills, []);
});

test("a journal that is damaged is an error", () => {
  const daemon = running();
  const snapshot = beginJournal(fakeSnapshot()).snapshot;
  for (const text of ["{\n", '{"input":{}}\n', `${daemon.lines[1]}x\n`])
    assert.equal(recoverSnapshot(snapshot, text, UTC).ok, false, text.slice(0, 20));
});

test("inputs are read as they were written", () => {
  const groups = fakeGroupConfig("web", [fakeProcessConfig("web")]);
  fc.assert(
    fc.property(arbitraryOf(supervisorInput(new GroupTable([groups]))), (input) => {
      const table = new GroupTable();
      const written = JSON.stringify(supervisorInput(table).encode(input));
      const read = supervisorInput(new GroupTable(table.groups)).decode(
        JSON.parse(written),
        "input",
      );
      assert.equal(JSON.stringify(supervisorInput(new GroupTable()).encode(read)), written);
    }),
  );
});

test("a line is as long as its input, however many programs there are", () => {
  const lengthFor = (count: number): number => {
    const daemon = recorded();
    const programs = Array.from({ length: count }, (_, n) => fakeProcessConfig(`web${n}`));
    daemon.take({ kind: "add-group", config: fakeGroupConfig("web", programs) });
    for (const [n, { name }] of programs.entries()) {
      daemon.take({ kind: "start", key: key(`web:${name}`) });
      daemon.take({ kind: "next-start" });
      daemon.take({ kind: "resolved", key: key(`web:${name}`), problem: null });
      daemon.take({ kind: "spawned", key: key(`web:${name}`), pid: 100 + n });
    }
    daemon.take({ kind: "stop-everything", daemonState: "SHUTDOWN" });
    const outcome = { exitCode: 0, signal: null, coreDumped: false };
    daemon.take({ kind: "child-died", pid: 100, outcome });
    return daemon.lines.slice(-2).join("").length;
  };
  assert.equal(lengthFor(50), lengthFor(2));
});

/** A program that is asked every ten seconds, and its memory may be measured. */
function checked() {
  const target = { kind: "tcp", host: "localhost", port: 1 } as const;
  const watch = { healthCheck: target, healthInterval: 10, maxMemory: 1e6 };
  const daemon = running({ startSecs: 0, autorestart: "always", ...watch });
  let mono = NOW.mono;
  return {
    ...daemon,
    take: (input: SupervisorInput, isNested = false) =>
      daemon.take(input, isNested, { mono, wall: mono }),
    /** Begins a check, late by some milliseconds. */
    begin(lateMs = 0): void {
      const { phase } = daemon.state.processes.get(WEB)?.state ?? {};
      const nextAt = phase?.kind === "RUNNING" ? phase.watch?.health?.nextAt : undefined;
      mono = Math.max(mono, nextAt ?? mono) + lateMs;
      this.take({ kind: "deadline", key: WEB });
    },
    result(ok: boolean, text: string): void {
      this.take({ kind: "checked", key: WEB, pid: 42, ok, text });
    },
  };
}

test("a health check that says the same as the one before is not written", () => {
  const daemon = checked();
  daemon.begin();
  daemon.result(true, "connected");
  const before = daemon.lines.join("");
  for (const _ of [1, 2, 3]) {
    daemon.begin();
    daemon.result(true, "connected");
  }
  assert.equal(daemon.lines.join(""), before);
  daemon.begin();
  daemon.result(false, "connection refused");
  assert.deepEqual(daemon.recover().snapshot.supervision, daemon.expected());
});

test("a check that is written with a consequence keeps the signals of the decision before", () => {
  const daemon = checked();
  const db = fakeGroupConfig("db", [fakeProcessConfig("db")]);
  daemon.take({ kind: "add-group", config: db });
  for (const input of [
    { kind: "start", key: DB },
    { kind: "next-start" },
    { kind: "resolved", key: DB, problem: null },
    { kind: "spawned", key: DB, pid: 43 },
  ] as const)
    daemon.take(input);
  daemon.begin();
  daemon.take({ kind: "stop", key: DB });
  const { kills } = daemon.recover();
  assert.equal(kills.length, 1);
  daemon.take({ kind: "signalled", key: WEB, signal: 1 }, true);
  assert.deepEqual(daemon.recover().kills, kills);
});

const act: fc.Arbitrary<(daemon: ReturnType<typeof checked>) => void> = fc.oneof(
  fc.nat(25_000).map((lateMs) => (daemon: ReturnType<typeof checked>) => daemon.begin(lateMs)),
  fc
    .constantFrom([true, "connected"], [true, "other"], [false, "refused"], [false, "other"])
    .map((result) => (daemon: ReturnType<typeof checked>) => {
      daemon.result(...(result as [boolean, string]));
    }),
  fc.constantFrom(1, 2e6).map((bytes) => (daemon: ReturnType<typeof checked>) => {
    daemon.take({ kind: "measured", key: WEB, pid: 42, bytes });
  }),
  fc
    .constantFrom<SupervisorInput>(
      { kind: "signalled", key: WEB, signal: 1 },
      { kind: "stop", key: WEB },
    )
    .map((input) => (daemon: ReturnType<typeof checked>) => daemon.take(input)),
);

/** Without the times of checks, which need not be known. */
function withoutChecks(supervision: unknown): unknown {
  return JSON.parse(
    JSON.stringify(supervision, (name, value) => {
      if (name === "nextAt" || name === "isChecking") return undefined;
      return value instanceof Map ? [...value] : value;
    }),
  );
}

test("whatever comes of health checks, the next daemon knows what they said", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const daemon = checked();
      for (const each of acts) {
        each(daemon);
        const { supervision } = daemon.recover().snapshot;
        assert.deepEqual(withoutChecks(supervision), withoutChecks(daemon.expected()));
      }
    }),
  );
});
