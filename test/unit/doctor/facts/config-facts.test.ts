// Which configuration is examined, with which environment.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { wireOptions } from "../../../../src/core/config/options/wire.ts";
import { joinPath } from "../../../../src/core/config/paths.ts";
import {
  type ConfigChoice,
  changedOptions,
  chooseConfig,
  worldAtStart,
} from "../../../../src/doctor/facts/config-facts.ts";
import { findDaemons } from "../../../../src/doctor/facts/daemons.ts";
import type { ServiceState } from "../../../../src/doctor/facts/doctor-facts.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";
import { worldOf } from "../../../fakes/doctor-facts.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const UNIT = {
  path: "/etc/systemd/system/tsv.service",
  text: "[Service]\nExecStart=/usr/bin/tsv daemon -n -c /etc/unit.conf\n",
  isPackaged: true,
};

function choose(
  host: DoctorHost,
  given: string | null,
  parts: Partial<ServiceState> = {},
): ConfigChoice {
  const service = { ...host.facts().service, ...parts };
  const world = { ...worldOf(host), env: { FROM: "caller" } };
  return chooseConfig(given, world, { service, daemons: findDaemons(host) }, host);
}

describe("the configuration that is examined is", () => {
  test("the one that is given, before all others", () => {
    const host = new DoctorHost().run(1, ["tsv", "daemon", "-c", "/etc/running.conf"]);
    const choice = choose(host, "/etc/given.conf", { file: UNIT });
    assert.deepEqual([choice.chosenBy, choice.path], ["option", "/etc/given.conf"]);
  });

  test("that of the working directory, after the service and before a daemon, never for root", () => {
    const host = new DoctorHost().run(1, ["tsv", "daemon", "-c", "/etc/running.conf"]);
    const here = joinPath(worldOf(host).cwd, "supervisord.conf");
    host.file(here, "");
    const choiceOf = (uid: number, file: ServiceState["file"]) => {
      const service = { ...host.facts().service, file };
      const world = { ...worldOf(host), uid };
      return chooseConfig(null, world, { service, daemons: findDaemons(host) }, host).path;
    };
    assert.equal(choiceOf(1000, UNIT), "/etc/unit.conf");
    assert.equal(choiceOf(1000, null), here);
    assert.equal(choiceOf(0, null), "/etc/running.conf");
  });

  test("that of the service, before that of a daemon", () => {
    const host = new DoctorHost().run(1, ["tsv", "daemon", "-c", "/etc/running.conf"]);
    const choice = choose(host, null, { file: UNIT });
    assert.deepEqual([choice.chosenBy, choice.path], ["service", "/etc/unit.conf"]);
  });

  test("that of a daemon, before what is found", () => {
    const host = new DoctorHost().file("/etc/tsv/tsv.conf", "");
    host.run(1, ["tsv", "daemon", "-c", "/etc/running.conf"]);
    const choice = choose(host, null);
    assert.deepEqual([choice.chosenBy, choice.path], ["daemon", "/etc/running.conf"]);
  });

  test("the first that is found, and none where there is none", () => {
    const host = new DoctorHost();
    assert.deepEqual([choose(host, null).chosenBy, choose(host, null).path], [null, null]);
    host.file("/etc/tsv/tsv.conf", "");
    const choice = choose(host, null);
    assert.deepEqual([choice.chosenBy, choice.path], ["search", "/etc/tsv/tsv.conf"]);
    assert.deepEqual(
      choice.search.filter(({ exists }) => exists),
      [{ path: "/etc/tsv/tsv.conf", exists: true }],
    );
  });
});

describe("the environment is", () => {
  test("that of the process where the daemon runs with this configuration", () => {
    const host = new DoctorHost().run(1, ["tsv", "daemon", "-c", "/etc/a.conf"]);
    host.environments.set(1, { FROM: "process" });
    const choice = choose(host, "/etc/a.conf", { file: UNIT });
    assert.deepEqual(choice.environment, { FROM: "process" });
  });

  test("that of the service where there is one, with its file of settings", () => {
    const host = new DoctorHost().file("/etc/default/tsv", "FROM=settings\n");
    const choice = choose(host, null, { file: UNIT });
    assert.equal(choice.environment["FROM"], "settings");
  });

  test("the caller's where there is neither", () => {
    assert.deepEqual(choose(new DoctorHost(), null).environment, { FROM: "caller" });
  });
});

test("the run directory of a stopped service is not missing", () => {
  const host = new DoctorHost();
  const { layout } = host.facts().service;
  const world = worldOf(host);
  assert.equal(worldAtStart(world, { file: UNIT, layout }).isDirectory("/run/tsv"), true);
  assert.equal(worldAtStart(world, { file: UNIT, layout }).isDirectory("/run/other"), false);
  assert.equal(worldAtStart(world, { file: null, layout }).isDirectory("/run/tsv"), false);
});

// The daemon's data of a program, compared with its file.

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
