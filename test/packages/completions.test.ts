// Completions in the real shells: a verb, an option, and names from the daemon.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../e2e/rig/places.ts";
import { withoutPrograms } from "../rig/programs.ts";

/** Stands for tsv with a daemon: what it was asked goes into a file. */
const FAKE = `#!/bin/sh
echo "$*" >>"$0.asked"
[ "$1" = status ] || exit 1
echo 'web                              RUNNING   pid 12, uptime 0:00:01'
echo 'work:one                         STOPPED   Not started'
echo 'work:two                         FATAL     Exited too quickly'
exit 3
`;

/** Prints what each shell offers for a command line, one word a line. */
const ASK: Readonly<Record<string, (line: string, place: string) => readonly string[]>> = {
  bash: (line, place) => [
    "bash",
    "--norc",
    "-c",
    `. "$2/tsv.bash"; COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDBREAKS=$' \\t\\n"><=;|&(:'; _tsv; printf '%s\\n' "\${COMPREPLY[@]}"`,
    "bash",
    line,
    place,
  ],
  // zsh completes on a terminal only: a pseudo-terminal is asked to list, and says it in its own way.
  zsh: (line, place) => ["zsh", "-f", join(ROOT, "test/packages/rig/ask-zsh.zsh"), line, place],
  fish: (line, place) => [
    "fish",
    "--no-config",
    "-c",
    `source ${place}/tsv.fish; complete -C ${JSON.stringify(line)}`,
  ],
};

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["tsv sta", ["start", "status"], ["stop"]],
  ["tsv start w", ["web"], ["RUNNING"]],
  ["tsv start work:t", ["two"], ["one"]],
  ["tsv uninstall --p", ["--purge"], ["--boot"]],
  ["tsv update wo", ["work"], ["web"]],
  ["tsv install --init sys", ["systemd", "sysv"], ["openrc"]],
  ["tsv doctor so", ["socket"], ["boot"]],
  ["tsv doctor --explain SOCK-00", ["SOCK-001"], ["socket"]],
  ["tsv completion f", ["fish"], ["bash"]],
  ["tsv daemon --nod", ["--nodaemon"], ["--nocleanup"]],
  ["tsv scale wo", ["work="], ["web="]],
  ["tsv scale --reset wo", ["work"], ["web"]],
  ["tsv tail web std", ["stdout", "stderr"], ["status"]],
  ["tsv help conf gr", ["group"], ["add"]],
  ["tsv help conf ready_", ["ready_check", "ready_timeout"], ["readable"]],
  ["tsv help conf program stopw", ["stopwaitsecs"], ["program"]],
  ["tsv ctl ver", ["version"], ["status"]],
];

for (const [shell, ask] of Object.entries(ASK)) {
  const skip = withoutPrograms([shell], "make test-packages");
  void test(`${shell} completes verbs, options, and names from the daemon`, {
    skip,
  }, async () => {
    const { completions } = (await import(join(ROOT, "packaging/files/completions.mjs"))) as {
      completions(): Readonly<Record<string, string>>;
    };
    const place = mkdtempSync("/tmp/tsv-completions-");
    try {
      for (const [name, text] of Object.entries(completions())) {
        writeFileSync(join(place, name === "zsh" ? "_tsv" : `tsv.${name}`), text);
      }
      writeFileSync(join(place, "tsv"), FAKE);
      chmodSync(join(place, "tsv"), 0o755);
      for (const [line, some, none] of CASES) {
        const [program = "", ...words] = ask(line, place);
        const { stdout, stderr } = spawnSync(program, words, {
          cwd: ROOT,
          encoding: "utf8",
          env: { PATH: `${place}:/usr/bin:/bin`, HOME: place, TERM: "dumb", LC_ALL: "C" },
        });
        const offered = stdout.split("\n").map((each) => each.split("\t")[0]?.trim() ?? "");
        const has = (word: string): boolean =>
          offered.some((each) => each === word || each.endsWith(`:${word}`));
        for (const word of some) assert.ok(has(word), `${line}: ${word} in ${stdout}${stderr}`);
        for (const word of none) assert.ok(!has(word), `${line}: ${word} in ${stdout}${stderr}`);
      }
      const own = ask("tsv start -c /srv/x.conf w", place);
      spawnSync(own[0] ?? "", own.slice(1), {
        cwd: ROOT,
        env: { PATH: `${place}:/usr/bin:/bin`, HOME: place, TERM: "dumb" },
      });
      const asked = spawnSync("cat", [join(place, "tsv.asked")], { encoding: "utf8" }).stdout;
      assert.match(asked, /^status -c \/srv\/x\.conf$/m, "the daemon of the command line is asked");
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
}
