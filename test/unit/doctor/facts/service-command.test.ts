// Commands of services, read from the installer's files for each init system, and from other files.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { serviceCommand } from "../../../../src/doctor/facts/service.ts";
import { createAssets } from "../../../../src/host/files/assets.ts";
import {
  INIT_NAMES,
  INIT_SYSTEMS,
  type InitName,
} from "../../../../src/install/services/registry.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const PATH = "/etc/systemd/system/tsv.service";

function commandOf(init: InitName, text: string, host = new DoctorHost()) {
  const file = { path: PATH, text, isPackaged: false };
  return serviceCommand({ ...host.situation().service, init, file }, host);
}

/** The unit or script as the installer writes it. */
function written(init: InitName, executable: string, config: string): string {
  const { layout } = new DoctorHost().situation().service;
  const assets = createAssets();
  const description = {
    name: "tsv",
    scope: "system",
    executable,
    config,
    layout,
    stopTimeoutSeconds: 90,
    openFiles: 1024,
    group: "tsv",
    waitOnline: false,
    isPackaged: false,
    facts: {
      isImage: false,
      registration: null,
      isRegistered: false,
      scanDirectories: ["/etc/service"],
      user: { uid: 0, home: "/root" },
      lingered: false,
    },
  } as const;
  const { files } = INIT_SYSTEMS[init].service(description, (name) =>
    assets.read(`initscripts/${name}`),
  );
  const isMain = (path: string): boolean => /\.service$|init\.d|\/run$|\.plist$/.test(path);
  return files.find(({ path }) => isMain(path))?.text ?? "";
}

describe("serviceCommand", () => {
  for (const init of INIT_NAMES.filter((one) => one !== "launchd")) {
    test(`reads what the installer writes for ${init}`, () => {
      const plain = { executable: "/usr/local/bin/tsv", config: "/etc/tsv/tsv.conf" };
      assert.deepEqual(commandOf(init, written(init, plain.executable, plain.config)), plain);
      const odd = { executable: "/opt/my tools/100%/tsv", config: "/srv/it's $HOME/100%/x.conf" };
      assert.deepEqual(commandOf(init, written(init, odd.executable, odd.config)), odd);
    });
  }

  test("a drop-in that starts something else counts, and prefixes are no part of the path", () => {
    const host = new DoctorHost().file(
      "/etc/systemd/system/tsv.service.d/own.conf",
      "[Service]\nExecStart=\nExecStart=-/srv/tsv daemon -n\n",
    );
    assert.deepEqual(commandOf("systemd", "[Service]\nExecStart=/a daemon\n", host), {
      executable: "/srv/tsv",
      config: null,
    });
  });

  test("the settings of a package's script come after it", () => {
    const host = new DoctorHost().file("/etc/tsv/boot.env", "config='/srv/a b.conf'\n");
    const text = "executable=/usr/bin/tsv\nconfig=/etc/tsv/tsv.conf\n";
    assert.equal(commandOf("sysv", text, host)?.config, "/srv/a b.conf");
  });

  test("unreadable facts are not guessed", () => {
    assert.equal(commandOf("systemd", "[Service]\nExecStart=/usr/%i/tsv daemon\n"), null);
    assert.equal(commandOf("systemd", "[Service]\nType=oneshot\n"), null);
    const instance = commandOf(
      "systemd",
      "[Service]\nExecStart=/usr/bin/tsv daemon -c /etc/%i.conf\n",
    );
    assert.deepEqual(instance, { executable: "/usr/bin/tsv", config: null });
    assert.equal(
      commandOf("sysv", 'executable=$(command -v tsv)\n. /etc/x\nexec "$executable" daemon -n\n'),
      null,
    );
    assert.equal(commandOf("runit", "exec chpst -u pi env PATH=/x tsv daemon\n"), null);
  });
});
