// What a start gathers for the environment of its program (env-options): files, a command, an account.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import type { EnvCommandOutcome } from "../../../../src/core/environment/env-command.ts";
import type { EnvironmentView } from "../../../../src/services/supervisor/api.ts";
import { NOT_KEPT_TEXT } from "../../../../src/services/supervisor/gathered.ts";
import type { PendingCommand } from "../../../fakes/environment-sources.ts";
import { group, program } from "../../core/process/samples.ts";
import { Rig } from "./rig.ts";
import { WEB } from "./web-rig.ts";

const SUPERVISOR = [
  "SUPERVISOR_ENABLED=1",
  "SUPERVISOR_PROCESS_NAME=web",
  "SUPERVISOR_GROUP_NAME=web",
];

function rigOf(over: Partial<ProcessConfig>, prepare: (rig: Rig) => void = () => {}): Rig {
  const rig = new Rig(group("web", [program(over)]));
  prepare(rig);
  return rig.begin();
}

/** Lets promises go on, and then the work that they lead to. */
async function settled(rig: Rig): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    rig.settle();
  }
}

function file(path: string, isOptional = false) {
  return { path, isOptional };
}

function environmentOf(rig: Rig): readonly string[] {
  return rig.spawner.children.get(100)?.spec.env ?? [];
}

function spawnErrOf(rig: Rig): string {
  return rig.supervisor.info(WEB)?.spawnErr ?? "";
}

function commandOf(rig: Rig): PendingCommand {
  const [command] = rig.sources.pending;
  assert.ok(command !== undefined, "a command runs");
  return command;
}

function exited(stdout: string, over: object = {}): EnvCommandOutcome {
  const bytes = new TextEncoder().encode(stdout);
  return {
    kind: "exited",
    exitCode: 0,
    signal: null,
    stdout: bytes,
    stderr: new Uint8Array(),
    ...over,
  };
}

describe("files of variables", () => {
  test("are read before a start, in order, and environment= overrides them", async () => {
    const rig = rigOf(
      { envFiles: [file("/a.env"), file("/b.env")], environment: { C: "config" } },
      ({ sources }) => {
        sources.files.set("/a.env", { text: "A=a\nB=a\nC=a\nSUPERVISOR_ENABLED=no\n" });
        sources.files.set("/b.env", { text: "B=b %(ENV_HOME)s 100%\n" });
      },
    );
    assert.equal(rig.spawner.children.size, 0, "nothing waits for them on this thread");
    await settled(rig);
    assert.deepEqual(environmentOf(rig), [
      "SUPERVISOR_ENABLED=no",
      ...SUPERVISOR.slice(1),
      "A=a",
      "B=b %(ENV_HOME)s 100%",
      "C=config",
    ]);
  });

  test("are read again at the next start", async () => {
    const rig = rigOf({ envFiles: [file("/a.env")], autorestart: "always" }, ({ sources }) => {
      sources.files.set("/a.env", { text: "A=1\n" });
    });
    await settled(rig);
    rig.advance(2000);
    rig.sources.files.set("/a.env", { text: "A=2\n" });
    rig.die("web:web");
    await settled(rig);
    assert.deepEqual(rig.spawner.children.get(101)?.spec.env.at(-1), "A=2");
  });

  test("that are optional may be missing, and not more", async () => {
    const prepared = (errno: string) =>
      rigOf({ envFiles: [file("/a.env", true)] }, ({ sources }) => {
        sources.files.set("/a.env", { errno });
      });
    const missing = prepared("ENOENT");
    await settled(missing);
    assert.deepEqual(environmentOf(missing), SUPERVISOR);
    const secret = prepared("EACCES");
    await settled(secret);
    assert.equal(spawnErrOf(secret), "env_file /a.env: the daemon has no permission to read it");
  });

  test("that are missing or have a mistake fail the start, with the place", async () => {
    const missing = rigOf({ envFiles: [file("/a.env")] });
    await settled(missing);
    assert.match(spawnErrOf(missing), /^env_file \/a\.env: it does not exist/);
    for (const [errno, text] of [
      ["EFTYPE", "it is not a plain file"],
      ["EFBIG", "it is larger than 1 MB"],
    ] as const) {
      const refused = rigOf({ envFiles: [file("/a.env")] }, ({ sources }) => {
        sources.files.set("/a.env", { errno });
      });
      await settled(refused);
      assert.equal(spawnErrOf(refused), `env_file /a.env: ${text}`);
    }
    const wrong = rigOf({ envFiles: [file("/a.env")] }, ({ sources }) => {
      sources.files.set("/a.env", { text: "A=1\nB='hunter2\n" });
    });
    await settled(wrong);
    assert.equal(
      spawnErrOf(wrong),
      "env_file /a.env:2:3: the quotation that begins here has no end",
    );
    assert.equal(wrong.spawner.children.size, 0);
    assert.equal(wrong.supervisor.info(WEB)?.state, "BACKOFF");
  });

  test("on a disk that does not answer make the start late, which is not the program's fault", async () => {
    const rig = rigOf({ envFiles: [file("/a.env")] }, ({ sources }) => {
      sources.hold = new Promise(() => {});
    });
    await settled(rig);
    rig.advance(5000);
    assert.match(spawnErrOf(rig), /took longer than 5 seconds to read its env_file/);
    assert.match(spawnErrOf(rig), /next|again|host/i);
  });

  test("give PATH, where the command is looked for", async () => {
    const rig = rigOf({ command: "web", envFiles: [file("/a.env")] }, ({ sources, host }) => {
      sources.files.set("/a.env", { text: "PATH=/opt/app\n" });
      host.files.set("/opt/app/web", { kind: "file", executable: true, permitted: true });
    });
    await settled(rig);
    assert.deepEqual(rig.spawner.children.get(100)?.spec.candidates, [
      { path: "/opt/app/web", file: "/opt/app/web", shown: "/opt/app/web" },
    ]);
  });
});

describe("the command for variables", () => {
  const over = { envCommand: "/bin/web secrets", directory: "/srv", umask: 0o27 };

  test("runs as the program does, with what it has so far, and its output is added", async () => {
    const entry = { name: "www", home: "/srv", shell: "" };
    const user = { uid: 33, gid: 34, groups: [34], entry };
    const rig = rigOf(
      {
        ...{ ...over, uid: 33, envFiles: [file("/a.env")], envCommandTimeout: 7 },
        environment: { B: "config" },
      },
      ({ sources, host }) => {
        sources.files.set("/a.env", { text: "A=file\nB=file\n" });
        host.users.set(33, user);
      },
    );
    await settled(rig);
    const pending = commandOf(rig);
    const { argv, cwd, umask, env, timeoutMs } = pending.command;
    assert.deepEqual([argv, cwd, umask, timeoutMs], [["/bin/web", "secrets"], "/srv", 0o27, 7000]);
    assert.deepEqual(pending.command.user, user);
    assert.deepEqual(env, [...SUPERVISOR, "A=file", "B=config"]);
    pending.tell(exited("A=command\nB=command\nC='x y'\n"));
    await settled(rig);
    assert.deepEqual(environmentOf(rig), [...SUPERVISOR, "A=command", "B=config", "C=x y"]);
  });

  for (const [what, outcome, text] of [
    [
      "an exit status",
      exited("", { exitCode: 3, stderr: new TextEncoder().encode("a\nb\n\nc\nlogin failed\n") }),
      "env_command: exit status 3: b / c / login failed",
    ],
    ["a signal", exited("", { exitCode: null, signal: 15 }), "env_command: killed by SIGTERM"],
    [
      "a wrong output",
      exited("A=1\nB C=2\n"),
      "env_command: line 2, column 2 of its output: a name cannot contain white space",
    ],
    [
      "too much output",
      { kind: "too-much", stdout: new Uint8Array(), stderr: new Uint8Array() },
      "env_command: it printed more than 1 MB, and was killed",
    ],
    [
      "its limit",
      {
        kind: "late",
        stdout: new Uint8Array(),
        stderr: new TextEncoder().encode("asking the vault\n"),
      },
      "env_command: no exit within 10s: it was killed: asking the vault (the host failed, not the program: tsv retries until it starts)",
    ],
    [
      "no file",
      { kind: "not-started", stage: "find", errno: "ENOENT" },
      "env_command: can't find command '/bin/web'",
    ],
  ] as const) {
    test(`fails the start by ${what}`, async () => {
      const rig = rigOf(over);
      await settled(rig);
      commandOf(rig).tell(outcome);
      await settled(rig);
      assert.equal(spawnErrOf(rig), text);
      assert.equal(rig.supervisor.info(WEB)?.state, "BACKOFF");
      assert.equal(rig.spawner.children.size, 0);
    });
  }

  test("is cancelled by a stop", async () => {
    const rig = rigOf(over);
    await settled(rig);
    assert.equal(rig.sources.pending.size, 1);
    void rig.supervisor.stop(WEB, false);
    await settled(rig);
    assert.equal(rig.sources.pending.size, 0);
    assert.equal(rig.supervisor.info(WEB)?.state, "STOPPED");
  });

  test("has its own time beside that of the start", async () => {
    const rig = rigOf({ ...over, envCommandTimeout: 20 });
    await settled(rig);
    rig.advance(24_000);
    assert.equal(rig.supervisor.info(WEB)?.state, "STARTING");
    rig.advance(1000);
    assert.match(spawnErrOf(rig), /took longer than 25 seconds to run its env_command/);
    assert.equal(rig.sources.pending.size, 0);
  });

  test("is begun again by the daemon that continues after an upgrade", async () => {
    const rig = rigOf(over);
    await settled(rig);
    const first = commandOf(rig);
    await rig.supervisor.upgrade.suspend(AbortSignal.timeout(1));
    assert.equal(rig.sources.pending.size, 0, "it is killed");
    rig.supervisor.upgrade.unsuspend();
    await settled(rig);
    assert.notEqual(commandOf(rig), first);
  });
});

describe("user_env", () => {
  const entry = { name: "www", home: "/srv/www", shell: "/bin/zsh" };
  const all = ["HOME=/srv/www", "USER=www", "LOGNAME=www", "SHELL=/bin/zsh"];

  test("sets the variables of the program's user", async () => {
    const rig = rigOf({ uid: 33, userEnv: true }, ({ host }) => {
      host.users.set(33, { uid: 33, gid: 34, groups: [34], entry });
    });
    await settled(rig);
    assert.deepEqual(environmentOf(rig), [...all, ...SUPERVISOR]);
  });

  test("sets those of the daemon's user for a program without one", async () => {
    const rig = rigOf({ userEnv: true, environment: { HOME: "/x" } }, ({ host }) => {
      host.users.set(0, { uid: 0, gid: 0, groups: [0], entry: { ...entry, shell: "" } });
    });
    await settled(rig);
    const changed = ["HOME=/x", "USER=www", "LOGNAME=www", "SHELL=/bin/sh"];
    assert.deepEqual(environmentOf(rig), [...changed, ...SUPERVISOR]);
  });

  test("changes nothing for a user of the daemon who has no entry", async () => {
    const rig = rigOf({ userEnv: true });
    await settled(rig);
    assert.deepEqual(environmentOf(rig), SUPERVISOR);
  });
});

describe("the view of an environment", () => {
  const over = { envFiles: [file("/a.env")], envCommand: "/bin/web vault" };
  const sourcesOf = (view: EnvironmentView | null): readonly string[] =>
    (view?.layers ?? []).flatMap(({ source, variables }) =>
      Object.entries(variables).map(([name, value]) => `${source} ${name}=${value}`),
    );

  test("of a run is what it was started with; that of the next start is read again", async () => {
    const rig = rigOf(over, ({ sources }) => {
      sources.files.set("/a.env", { text: "A=1\n" });
    });
    await settled(rig);
    commandOf(rig).tell(exited("B=2\n"));
    await settled(rig);
    rig.sources.files.set("/a.env", { text: "A=9\n" });
    const run = await rig.supervisor.environment(WEB, false);
    assert.equal(run?.pid, 100);
    assert.deepEqual(sourcesOf(run).slice(-2), ["env_file A=1", "env_command B=2"]);
    const next = await rig.supervisor.environment(WEB, true);
    assert.deepEqual([next?.pid, next?.command, next?.problem], [0, "/bin/web vault", ""]);
    assert.deepEqual(sourcesOf(next).slice(-1), ["env_file A=9"]);
    assert.equal(rig.sources.pending.size, 0, "no command runs");
  });

  test("of a program that is down says why its start will fail", async () => {
    const rig = rigOf({ ...over, autostart: false });
    const view = await rig.supervisor.environment(WEB, false);
    assert.match(view?.problem ?? "", /^env_file \/a\.env: it does not exist/);
    assert.equal(view?.pid, 0);
  });
});

test("variables beyond a program's share are not kept, and their views say so", async () => {
  const programs = Array.from({ length: 20 }, (_, n) =>
    program({ name: `p${n}`, programName: "p", envCommand: "/bin/web" }),
  );
  const rig = new Rig(group("g", programs)).begin();
  await settled(rig);
  for (let n = 0; n < 20; n += 1) {
    const lines = Array.from({ length: 8 }, (_, at) => `V${at}=${n}${"x".repeat(125_000)}\n`);
    commandOf(rig).tell(exited(lines.join("")));
    rig.advance(100);
    await settled(rig);
  }
  rig.advance(1000);
  await settled(rig);
  const problems = await Promise.all(
    programs.map(
      async ({ name }) => (await rig.supervisor.environment(processKey("g", name), false))?.problem,
    ),
  );
  assert.equal(problems.filter((problem) => problem === "").length, 17);
  assert.equal(problems.filter((problem) => problem === NOT_KEPT_TEXT).length, 3);
});
