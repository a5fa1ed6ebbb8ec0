// The daemon of a command line, the client of its action, the password. (password-stdin)

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CtlOptions } from "../../../src/core/config/model.ts";
import { accessOf, mayBlock, readSetup } from "../../../src/ctl/setup.ts";
import { worldOf } from "../../fakes/doctor-facts.ts";
import { DoctorHost } from "../../fakes/doctor-host.ts";

describe("the configuration that was installed is used", () => {
  const RECORDED = "/srv/tsv/tsv.conf";
  const host = new DoctorHost().file(RECORDED, "[supervisorctl]\n");
  host.file("/etc/mine.conf", "[supervisorctl]\n");

  function usedBy(...words: readonly string[]): string | null {
    const setup = readSetup(["supervisorctl", ...words], worldOf(host), {
      recorded: () => RECORDED,
    });
    assert.equal(setup.kind, "run");
    return setup.kind === "run" ? setup.usedConfig : null;
  }

  it("where no daemon is named, also if words of the action begin like options", () => {
    assert.equal(usedBy("status"), RECORDED);
    assert.equal(usedBy("start", "-sleepy", "-cron"), RECORDED);
  });

  it("not where one is named, in any form", () => {
    assert.equal(usedBy("-c", "/etc/mine.conf", "status"), "/etc/mine.conf");
    assert.equal(usedBy("-ic/etc/mine.conf"), "/etc/mine.conf");
    assert.equal(usedBy("--config=/etc/mine.conf"), "/etc/mine.conf");
    assert.equal(usedBy("-s", "http://localhost:9001", "status"), null);
  });

  it("and is not looked for there", () => {
    const fail = (): never => assert.fail("a daemon is named");
    readSetup(["supervisorctl", "-ic/etc/mine.conf"], worldOf(host), { recorded: fail });
    readSetup(["supervisorctl", "--serverurl=http://h"], worldOf(host), { recorded: fail });
  });
});

describe("root finds the daemon of another user in its container", () => {
  const listener = { uid: 1000, pid: 1 };
  const foreign = () => ({ path: "/tmp/tsv-1000/a.sock", listener });

  function reachedFrom(config: string, ...words: readonly string[]): unknown {
    const host = new DoctorHost().file("/etc/supervisord.conf", config);
    const setup = readSetup(["tsv", ...words], worldOf(host), { recorded: () => null, foreign });
    if (setup.kind !== "run") return setup.kind;
    return [setup.options.serverUrl, setup.options.listener ?? null];
  }

  const FOUND = ["unix:///tmp/tsv-1000/a.sock", listener];
  const SERVER = "[supervisorctl]\nserverurl=unix:///run/root.sock\n";

  it("where no configuration names a server", () => {
    assert.deepEqual(reachedFrom("[supervisord]\n", "status"), FOUND);
  });

  it("not where the configuration or the command line names one", () => {
    assert.deepEqual(reachedFrom(SERVER, "status"), ["unix:///run/root.sock", null]);
    assert.deepEqual(reachedFrom(SERVER, "-s", "unix:///run/x.sock"), ["unix:///run/x.sock", null]);
  });
});

describe("a daemon that was started before its configuration named a server", () => {
  const host = new DoctorHost().file(
    "/etc/supervisord.conf",
    "[supervisorctl]\nserverurl=unix:///run/s.sock\nusername=a\npassword=b\n",
  );

  function reachedWith(...words: readonly string[]): unknown {
    const earlier = (key: string): string => `/run${key}.sock`;
    const setup = readSetup(["tsv", ...words], worldOf(host), { recorded: () => null, earlier });
    return setup.kind === "run"
      ? [setup.options.serverUrl, setup.options.password, setup.isEarlier]
      : setup.kind;
  }

  it("is reached at its private socket, without a password", () => {
    const found = ["unix:///run/etc/supervisord.conf.sock", null, true];
    assert.deepEqual(reachedWith("status"), found);
    assert.deepEqual(reachedWith("-c", "/etc/supervisord.conf", "status"), found);
  });

  it("is not looked for if the command line names a server", () => {
    assert.deepEqual(reachedWith("-s", "unix:///run/x.sock"), ["unix:///run/x.sock", "b", false]);
  });
});

it("calls may block unless something else runs meanwhile", () => {
  assert.deepEqual([mayBlock(false, "status"), mayBlock(false, undefined)], [true, true]);
  assert.equal(mayBlock(true, "status"), false, "the shell");
  assert.equal(mayBlock(false, "fg"), false);
  assert.equal(mayBlock(false, "action_of_a_plugin"), false);
});

describe("the password", () => {
  const options: CtlOptions = {
    ...{ serverUrl: "unix:///s", username: "admin", password: "configured", prompt: "supervisor" },
    ...{ historyFile: null, plugins: [], daemonUser: null, isServerNamed: true },
    ...{ sslCa: null, sslCert: null, sslKey: null },
  };

  async function read(given: string | null, variable?: string, stdinIsTty = false) {
    let written = "";
    const write = (text: string): void => {
      written += text;
    };
    const readSecret = async (prompt: string): Promise<string> => {
      write(prompt);
      return "typed";
    };
    const setup = { options: { ...options, password: given ?? options.password }, password: given };
    const terminal = { stdinIsTty, write, readSecret };
    return [(await accessOf(setup, terminal, variable)).password, written];
  }

  for (const [given, variable, isTty, expected] of [
    ["x", "y", false, ["x", ""]],
    [null, "y", false, ["y", ""]],
    [null, "", false, ["", ""]],
    [null, undefined, false, ["configured", ""]],
    ["-", "y", false, ["typed", ""]],
    ["-", "y", true, ["typed", "Password:\n"]],
  ] as const) {
    it(`of ${given}, ${variable} and ${isTty ? "a person" : "a pipe"} is ${expected[0]}`, async () => {
      assert.deepEqual(await read(given, variable, isTty), expected);
    });
  }
});
