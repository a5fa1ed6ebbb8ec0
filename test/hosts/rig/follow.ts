// Follows a page word for word: runs its commands on hosts, and compares what they print with the page.

import assert from "node:assert/strict";
import { type Expected, type Followed, pairsOf } from "./documents.ts";
import type { Host } from "./host.ts";

/** Blanks, pids and times may differ. */
function alike(text: string): string {
  return text
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/\bpid \d+/g, "pid N")
    .replaceAll(/\d+:\d\d:\d\d/g, "TIME")
    .trim();
}

/** @param hosts by the names that `Expected.on` has; the first one has the commands without it @param user runs all commands */
export async function follow(
  hosts: ReadonlyMap<string, Host>,
  page: Followed,
  user: string,
): Promise<void> {
  const [first = ""] = hosts.keys();
  const kept = new Map<string, string>();
  for (const [part, expected] of pairsOf(page)) {
    for (const name of expected?.on ?? [first]) {
      const host = hosts.get(name);
      assert.ok(host !== undefined, name);
      if (part.kind === "file") {
        host.write(part.path, part.text);
        continue;
      }
      const input = kept.get(expected?.reads ?? "") ?? "";
      const { stdout, stderr, status } = await run(host, user, part.text, expected, input);
      const told = `${name}: ${part.text}\nstatus ${status}\n${stdout}${stderr}`;
      assert.equal(status, expected?.status ?? 0, told);
      if (expected?.says !== undefined) assert.match(stdout + stderr, expected.says, told);
      if (part.shown !== null) assert.equal(alike(stdout), alike(part.shown), told);
      if (expected?.keeps !== undefined) kept.set(expected.keeps, stdout);
    }
  }
}

async function run(host: Host, user: string, text: string, of: Expected | null, input: string) {
  const expected: Expected = of ?? { command: text };
  const command = expected.instead ?? text;
  const home = user === "root" ? "/root" : `/home/${user}`;
  // Each command is that of a new login, so that a group of its user counts.
  const as = ["su", "-", user, "-c"];
  if (expected.isLater === true) {
    const says = expected.says?.source ?? "";
    await host.until([...as, `bash -c 'exec 2>&1; { ${command}\n} | grep -E "$0"' '${says}'`]);
  }
  if (expected.asks === true) {
    const terminal = `script --quiet --return --command ${quoted(command)} /dev/null`;
    return await host.run([...as, terminal], { input: "y\ny\n" });
  }
  if (expected.lines === undefined) return await host.run([...as, command], { input });
  await host.must(`rm -f ${home}/.pid ${home}/.out`);
  const running = host.run([...as, `echo $$ >.pid; exec ${command.replace(/ +#.*$/, "")} >.out`]);
  await host.until(`[ "$(wc -l <${home}/.out)" -ge ${expected.lines} ]`);
  await host.must(`kill -INT "$(cat ${home}/.pid)"`);
  return { ...(await running), stdout: host.read(`${home}/.out`) };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
