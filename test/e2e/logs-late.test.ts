// tsv logs -f of programs whose logs have no file yet.

import assert from "node:assert/strict";
import { Follower } from "./rig/follower.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAMS = `[program:first]
command=cat
startsecs=0
${[
  ["file", "stdout_logfile=%(here)s/late.log"],
  ["json", "stdout_logfile=%(here)s/json.log\nlog_format=json\nstdout_logfile_maxbytes=1KB"],
  ["auto", ""],
]
  .map(
    ([name, options]) => `[program:${name}]
command=/bin/sh -c 'for n in 1 2 3 4 5 6 7 8; do echo "%(program_name)s line $n"; done; echo of-errors >&2; exec cat'
autostart=false
startsecs=0
${options}
`,
  )
  .join("")}`;

for (const words of [
  [],
  ["all"],
  ["first", "file", "json", "auto"],
  ["file"],
  ["file", "--stdout"],
  ["json", "--stdout", "--prefix", "--grep", "line [2-9]$"],
]) {
  const what = `logs ${["-f", ...words].join(" ")}`;
  e2e(`${what} shows programs that are started later`, async (rig, t) => {
    const daemon = await rig.startWith(PROGRAMS);
    await daemon.logged(/success: first/);
    const follower = new Follower(rig, t, ["logs", "-f", "-c", rig.path("d.conf"), ...words]);
    const names = ["file", "json", "auto"].filter(
      (name) => words.length === 0 || words.includes("all") || words.includes(name),
    );
    const hasFirst = !words.includes("--stdout") && words.join() !== "file";
    if (hasFirst) {
      await daemon.ask("sendProcessStdin", "first", "ready\n");
      await follower.seen("ready\n");
    } else await daemon.logged(/spawned|success/);
    for (const name of names) await daemon.ask("startProcess", name);
    for (const name of names) await follower.seen(`${name} line 8\n`);
    await daemon.ask("sendProcessStdin", names[0] ?? "", "line 9\n");
    await follower.seen("line 9\n");
    const [status] = await follower.interrupt();
    const { out, errors } = follower;
    assert.deepEqual([errors.trim(), status], ["", 0]);
    for (const name of names) {
      for (let n = words.includes("--grep") ? 2 : 1; n <= 8; n += 1)
        assert.equal(out.split(`${name} line ${n}\n`).length, 2, `${name} ${n}: ${out}`);
    }
    assert.doesNotMatch(out, words.includes("--grep") ? /line 1$/m : /^\n/);
  });
}

e2e(
  "logs of a program without a log file yet shows nothing, and a log that was named is missing",
  async (rig) => {
    const daemon = await rig.startWith(`${PROGRAMS}[program:none]
command=cat
autostart=false
stdout_logfile=NONE
`);
    await daemon.logged(/success: first/);
    const conf = ["-c", rig.path("d.conf")];
    const all = await rig.tsv("logs", ...conf, "file");
    assert.deepEqual([all.stdout, all.stderr, all.status], ["", "", 0]);
    // An AUTO log has no name that could be missing.
    const auto = await rig.tsv("logs", ...conf, "auto", "--stderr");
    assert.deepEqual([auto.stdout, auto.stderr, auto.status], ["", "", 0]);
    const named = await rig.tsv("logs", ...conf, "file", "--stdout");
    assert.deepEqual(
      [named.stdout, named.stderr, named.status],
      ["", "Error: file has no log file\n", 1],
    );
    const { stderr, status } = await rig.tsv("logs", "-f", "--stdout", ...conf, "none");
    assert.deepEqual([stderr, status], ["Error: none has no log file\n", 1]);
  },
);

e2e("tail -f of a program without a log file says how to wait for one", async (rig) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: first/);
  const conf = ["-c", rig.path("d.conf")];
  const absent = await rig.tsv("tail", "-f", ...conf, "file");
  assert.match(
    absent.stderr,
    /^Error: file has no log file\nHint: file has no stdout log file yet\n.*: tsv logs -f --stdout file -c /i,
  );
  assert.deepEqual([absent.stdout, absent.status], ["", 1]);
  const unknown = await rig.tsv("tail", "-f", ...conf, "fiel");
  assert.match(
    unknown.stderr,
    /^Error: there is no program fiel\n[\s\S]*Did you mean: tsv tail -f file/,
  );
});
