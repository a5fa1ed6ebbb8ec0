// Event listeners do not notice the death of their daemon: each event comes once, and in order. `deaths-listeners.slow.test.ts`
// has more of them.

import assert from "node:assert/strict";
import { Deaths } from "./deaths/deaths.ts";
import { diesAtEach } from "./deaths/dies-at.ts";
import { Listener, startedWith, TARGET } from "./deaths/listeners.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

/** Reads the rest of its first event when there is a file `go`, and notes how much of it came. */
const PATIENT = `import os, sys, time
directory = sys.argv[1]
os.write(1, b"READY\\n")
head = b""
while not head.endswith(b"\\n"):
    head += os.read(0, 1)
open(directory + "/head", "w").write(head.decode())
while not os.path.exists(directory + "/go"):
    time.sleep(0.05)
wanted = int(head.decode().split("len:")[1])
got = 0
while got < wanted:
    part = os.read(0, wanted - got)
    if not part:
        break
    got += len(part)
open(directory + "/body", "w").write("%d of %d\\n" % (got, wanted))
os.write(1, b"RESULT 2\\nOK")
time.sleep(1000)
`;

e2e(
  "an event that a daemon was writing in the first run of a listener is complete",
  async (rig) => {
    const script = rig.write("patient.py", PATIENT);
    const command = `command=/usr/bin/python3 ${script} ${rig.directory}`;
    const daemon = await startedWith(
      rig,
      `[eventlistener:listener]\n${command}\nevents=REMOTE_COMMUNICATION\nstartsecs=0\n`,
    );
    await daemon.ask("sendRemoteCommEvent", "mark", "x".repeat(300_000));
    await waitForText(rig.path("head"), /len:\d+/);
    process.kill(daemon.process, "SIGKILL");
    await daemon.logged(/a new one continues/);
    rig.write("go", "");
    const [, got, wanted] = await waitForText(rig.path("body"), /^(\d+) of (\d+)$/m);
    assert.equal(got, wanted);
  },
);

e2e("an event comes once, wherever the daemon dies", async (rig) => {
  const listener = new Listener(rig, 0);
  const daemon = await startedWith(rig, listener.sections);
  await diesAtEach(daemon, {
    calls: 20,
    act: () => listener.send(daemon),
    check: (what) => listener.assertExact(daemon, what),
  });
});

e2e("a listener that is at work for long gets each event once", async (rig) => {
  const listener = new Listener(rig, 300);
  const daemon = await startedWith(rig, listener.sections + TARGET);
  const deaths = new Deaths(daemon);
  while (deaths.count < 12) {
    for (let events = deaths.rng.int(0, 3); events > 0; events -= 1) {
      await listener.send(daemon, deaths.rng.chance(0.3));
    }
    await deaths.one();
  }
  await listener.assertExact(daemon, "at random");
});
