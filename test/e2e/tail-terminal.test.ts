// Logs and names on a terminal and in a pipe.

import assert from "node:assert/strict";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";

const OUTPUT = "\x1b]52;c;eA==\x07\x1b[31mred\x1b[2J\x1b[0m end\n";

e2e(
  "a terminal gets text and colours of a log, all of it with --raw, and a pipe all bytes (tail-terminal)",
  withoutTerminal(),
  async (rig) => {
    const octal = OUTPUT.replaceAll("\x1b", "\\033")
      .replaceAll("\x07", "\\007")
      .replaceAll("\n", "\\n");
    rig.write("p.sh", `printf '${octal}'; exec sleep 1000\n`);
    const daemon = await rig.startWith(
      `[program:p]\ncommand=sh p.sh\ndirectory=%(here)s\n[program:missing]\ncommand=/no/\x1b]0;t\x07x\nstartretries=0\n`,
      { args: ["-e", "debug"] },
    );
    await daemon.logged(/'p' stdout output/);
    await daemon.logged(/gave up: missing/);
    const on = async (program: string, ...args: readonly string[]): Promise<string> => {
      const argv = [program, ...args.slice(0, 1), "-c", rig.path("d.conf"), ...args.slice(1)];
      const typist = new Typist(
        program === TSV ? argv : [program, "-c", rig.path("d.conf"), ...args],
        {
          cwd: rig.directory,
          mark: rig.mark,
        },
      );
      await typist.ended();
      return typist.screen.bytes.replaceAll("\r", "");
    };
    const ctl = TSV_BY_NAME.path("supervisorctl");
    const clean = "\x1b[31mred\x1b[0m end\n";
    assert.equal(await on(TSV, "logs", "p"), clean);
    assert.equal(await on(TSV, "logs", "--raw", "p"), OUTPUT);
    assert.equal(await on(TSV, "tail", "p"), `${clean}\n`);
    assert.equal(await on(TSV, "tail", "--raw", "p"), `${OUTPUT}\n`);
    assert.equal(await on(ctl, "tail", "p"), `${clean}\n`);
    assert.equal(await on(ctl, "tail", "--raw", "p"), `${OUTPUT}\n`);
    assert.equal((await rig.ctl(TSV_BY_NAME, "tail", "p")).stdout, `${OUTPUT}\n`);
    const status = await on(ctl, "status");
    assert.match(status, /missing +FATAL/);
    for (const shown of [status, await on(TSV, "maintail"), await on(ctl, "start", "missing")]) {
      assert.doesNotMatch(shown.replace(/\x1b\[\d*m/g, ""), /(?!\n)\p{Cc}/u);
    }
  },
);

e2e(
  "on a terminal logs says that it found nothing, and in a pipe nothing",
  withoutTerminal(),
  async (rig) => {
    const daemon = await rig.startWith(
      "[program:p]\ncommand=sh -c 'echo line; exec sleep 1000'\n" +
        "[program:q]\ncommand=sleep 1000\nredirect_stderr=true\n" +
        "[program:none]\ncommand=sleep 1000\nstdout_logfile=NONE\nstderr_logfile=NONE\n",
      { args: ["-e", "debug"] },
    );
    await daemon.logged(/'p' stdout output/);
    const logs = async (...args: readonly string[]): Promise<string> => {
      const words = ["logs", "-c", rig.path("d.conf"), ...args];
      const piped = await rig.tsv(...words);
      assert.deepEqual([piped.stdout, piped.stderr, piped.status], ["", "", 0], args.join(" "));
      const typist = new Typist([TSV, ...words], { cwd: rig.directory, mark: rig.mark });
      assert.equal(await typist.ended(), 0);
      return typist.screen.lines().join("\n").trimEnd();
    };
    assert.equal(await logs("--grep", "nope"), "no line matches; searched 3 logs");
    assert.equal(
      await logs("p", "--stdout", "--since", "2026-11-23T12:30:15", "--grep", "nope"),
      "no line matches; searched 1 log from 2026-11-23 12:30:15",
    );
    assert.equal(await logs("q"), "the log is empty");
    assert.equal(await logs("p", "--stderr"), "the log is empty");
    assert.equal(await logs("p", "-n", "0"), "");
    const empty = await rig.tsv("clear", "-c", rig.path("d.conf"), "p");
    assert.equal(empty.status, 0);
    assert.equal(await logs("p"), "the 2 logs are empty");
  },
);
