// Output for systemd's journal on a real host: journalctl finds it by name, priority, unit and fields, also after journald was
// restarted and while programs flood it.

import assert from "node:assert/strict";
import type { KindName } from "./rig/kinds.ts";
import { hostTest, installed } from "./rig/rig.ts";

const CONFIG = `[program:web]
command=/bin/sh -c 'echo hello; echo "<4>careful"; echo oops >&2; exec sleep 100000'
user=tester
stdout_logfile=@journal
stderr_logfile=@journal

[program:counter]
command=/bin/sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo count $i; done; exec cat'
stdout_logfile=@journal
stderr_logfile=NONE
`;

const KINDS: readonly KindName[] = ["systemd-bookworm", "systemd-trixie"];

for (const kind of KINDS) {
  hostTest(
    "journalctl shows output with the name of its program and a priority",
    kind,
    async (host) => {
      await installed(host, CONFIG);
      // Two pipes: none of them is the last for sure.
      await host.until("test $(journalctl -q -t web -o cat | grep -cxE 'careful|hello|oops') = 3");
      const shown = async (words: string): Promise<string[]> =>
        (await host.must(`journalctl -q -o cat ${words}`)).trimEnd().split("\n").sort();
      assert.deepEqual(await shown("SYSLOG_IDENTIFIER=web"), ["careful", "hello", "oops"]);
      assert.deepEqual(await shown("SYSLOG_IDENTIFIER=web PRIORITY=6"), ["hello"]);
      assert.deepEqual(await shown("SYSLOG_IDENTIFIER=web PRIORITY=4"), ["careful"]);
      assert.deepEqual(await shown("-t web -p err"), ["oops"]);
      assert.deepEqual(await shown("-u tsv TSV_PROGRAM=web TSV_CHANNEL=stderr"), ["oops"]);
      const [text = ""] = await shown("-t web -p err -o json");
      const entry = JSON.parse(text) as Record<string, string>;
      const pid = (await host.must("tsv pid web")).trim();
      assert.deepEqual([entry["TSV_PID"], entry["OBJECT_PID"]], [pid, pid]);
      // What journald itself knows of the program.
      assert.equal(entry["OBJECT_UID"], "1000");
      assert.equal(entry["_SYSTEMD_UNIT"], "tsv.service");
      // More at once than the socket holds; below what journald takes from one service in a while.
      await host.until("journalctl -q -t counter -o cat | grep -x 'count 3000'");
      const counted = (await host.must("journalctl -q -t counter -o cat")).trimEnd().split("\n");
      assert.deepEqual(
        counted,
        Array.from({ length: 3000 }, (_, n) => `count ${n + 1}`),
      );
      await host.must("systemctl restart systemd-journald");
      await host.must("tsv restart web");
      await host.until("test $(journalctl -q -t web -o cat | grep -cx hello) = 2");
      assert.match(await host.must("tsv tail web"), /hello\n<4>careful\n/);
      assert.doesNotMatch(await host.must("tsv maintail -100000"), /journal of systemd/);
      await host.halt();
    },
  );
}
