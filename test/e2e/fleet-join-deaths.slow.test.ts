// A device whose `tsv fleet join` is killed, as by a power cut, joins with the same token.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { event } from "../rig/wait.ts";
import { diesAt } from "./deaths/dies-at.ts";
import { plainEnvironment } from "./rig/command.ts";
import { startHub, TestDevice, withoutFleet } from "./rig/fleet.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

/** Of the system calls that change anything. */
const BETWEEN_DEATHS = 9;

e2e("a join that was killed anywhere succeeds with the same token", withoutFleet(), async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  for (let count = 1, isKilled = true; isKilled; count += BETWEEN_DEATHS) {
    const name = `dev${count}`;
    const device = new TestDevice(rig, name);
    const token = await hub.invite(name);
    const child = spawn(TSV, device.words, {
      env: plainEnvironment(rig.mark),
      stdio: ["pipe", "pipe", "ignore"],
    });
    const ended = event(child, "exit");
    await diesAt({ process: child.pid ?? 0 }, count);
    child.stdin.end(`${token}\n`);
    const [, signal] = await ended;
    isKilled = signal === "SIGKILL";
    const again = await device.join(token);
    assert.equal(again.status, 0, `at call ${count}: ${again.stderr}`);
    const files = readdirSync(device.directory).filter((file) => !file.startsWith("."));
    assert.deepEqual(files.sort(), ["authority.pem", "device.key"]);
    assert.match(await hub.members(), new RegExp(`${name} +device`));
  }
});
