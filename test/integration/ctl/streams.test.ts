// Following logs, the foreground, and tsv's own verbs, against Debian's supervisord.

import assert from "node:assert/strict";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import {
  type Daemon,
  missingDebian,
  run,
  startDebian,
  tsvCommand,
  tsvCtl,
  tsvVerb,
} from "./debian-rig.ts";

function programs(directory: string): string {
  writeFileSync(`${directory}/long.log`, "");
  return `
[program:cat]
command=/bin/cat
stdout_logfile=${directory}/cat.log
[program:web1]
command=/bin/sleep 1000
autostart=false
stdout_logfile=${directory}/web1.log
[program:web2]
command=/bin/sleep 1000
autostart=false
stdout_logfile=${directory}/web2.log
`;
}

describe("ctl with streams", { skip: missingDebian ?? false }, () => {
  let daemon: Daemon;
  const log = (name: string): string => `${daemon.directory}/${name}.log`;

  before(async () => {
    daemon = await startDebian(programs);
    await daemon.logged(/entered RUNNING state/);
  });

  after(() => daemon.stop());

  it("writes UTF-8 whatever the locale says (ctl-utf8)", async () => {
    appendFileSync(log("web1"), "zero\nfirst\n\u00e0 bient\u00f4t\n");
    const locale = ["LC_ALL=en_US.ISO-8859-1", "PYTHONIOENCODING=latin-1"];
    const ctl = tsvCommand(["-c", daemon.config, "tail", "-12", "web1"]);
    const ran = await run("/usr/bin/env", [...locale, ...ctl]).ended;
    assert.deepEqual([ran.stdout, ran.stderr, ran.status], ["\u00e0 bient\u00f4t\n\n", "", 0]);
  });

  it("keeps no history without a terminal (history-file)", async () => {
    const file = `${daemon.directory}/history`;
    const config = `${daemon.directory}/ctl.conf`;
    writeFileSync(
      config,
      `[supervisorctl]\nserverurl=${daemon.url}\nhistory_file=${daemon.directory}/other\n`,
    );
    for (const argv of [["-r", file], []]) {
      const ran = await tsvCtl(["-c", config, ...argv], { input: "version\nexit\n" }).ended;
      assert.equal(ran.status, 0);
    }
    assert.deepEqual([file, `${daemon.directory}/other`].filter(existsSync), []);
  });

  it("ends when its output has no reader (broken-pipe)", async () => {
    const running = tsvCtl(["-c", daemon.config, "maintail", "-f"]);
    await running.until(/supervisord started/);
    running.child.stdout?.destroy();
    await tsvCtl(["-c", daemon.config, "start", "web2"]).ended;
    assert.equal((await running.ended).status, 0);
    await tsvCtl(["-c", daemon.config, "stop", "web2"]).ended;
  });

  it("connects a terminal to a process and ends at once (fg-ends)", async () => {
    const running = tsvCtl(["-c", daemon.config, "fg", "cat"], { keepInput: true });
    await running.until(/Press Ctrl-C/);
    running.child.stdin?.write("ping\n");
    await running.until(/^ping$/m);
    running.child.stdin?.end();
    const ran = await running.ended;
    assert.equal(ran.stdout, "==> Press Ctrl-C to exit <==\nping\nExiting foreground\n");
    assert.equal(ran.status, 0);
  });

  it("takes patterns and speaks JSON in tsv's verbs", async () => {
    const started = await tsvVerb(["start", "-c", daemon.config, "web*", "--json"]).ended;
    const document = JSON.parse(started.stdout) as { results: { name: string; ok: boolean }[] };
    assert.deepEqual(
      document.results.map(({ name, ok }) => [name, ok]),
      [
        ["web1", true],
        ["web2", true],
      ],
    );
    const status = await tsvVerb(["status", "--json", "web?", "-c", daemon.config]).ended;
    assert.match(
      status.stdout,
      /^\{"format":1,"verb":"status","exitStatus":0,"results":\[\{"group":"web1"/,
    );
    const stopped = await tsvVerb(["stop", "-c", daemon.config, "web*"]).ended;
    assert.deepEqual([stopped.stdout, stopped.status], ["web1: stopped\nweb2: stopped\n", 0]);
    const none = await tsvVerb(["start", "-c", daemon.config, "x*"]).ended;
    assert.deepEqual([none.stdout, none.status], ["x*: ERROR (no such process)\n", 1]);
    const refused = await tsvVerb(["status", "--json", "-s", "unix:///nonexistent"]).ended;
    const { exitStatus, results, errors } = JSON.parse(refused.stdout);
    assert.deepEqual([exitStatus, results, errors[0].kind], [4, [], "not-running"]);
  });

  it("prints the last lines of several logs", async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `line ${index}\n`);
    writeFileSync(log("web2"), lines.join(""));
    const two = await tsvVerb(["logs", "-c", daemon.config, "-n", "2", "web2", "web1"]).ended;
    assert.equal(
      two.stdout + two.stderr,
      "--:--:-- web2 | line 2998\n--:--:-- web2 | line 2999\n" +
        "--:--:-- web1 | first\n--:--:-- web1 | \u00e0 bient\u00f4t\n",
    );
    const many = await tsvVerb(["logs", "-c", daemon.config, "-n2500", "web2"]).ended;
    assert.equal(many.stdout, lines.slice(-2500).join(""));
  });

  it("follows a log after its last lines, however many", async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `line ${index}\n`);
    writeFileSync(log("web2"), lines.join(""));
    for (const count of [1, 3, 2500]) {
      const running = tsvVerb([
        ...["logs", "-c", daemon.config, "--stdout", "-f", "-n", String(count), "web2"],
      ]);
      await running.until(/line 2999\n/);
      running.child.kill("SIGINT");
      const ran = await running.ended;
      assert.equal(ran.stdout, lines.slice(-count).join(""));
    }
  });
});
