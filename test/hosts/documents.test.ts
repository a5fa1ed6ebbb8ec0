// README's quick start, docs/getting-started.md and the migration of docs/coming-from.md, followed word for word on a fresh host,
// by a user with sudo.

import assert from "node:assert/strict";
import { TSV } from "../e2e/rig/places.ts";
import {
  COMING_FROM,
  type Expected,
  type Followed,
  GETTING_STARTED,
  pairsOf,
  QUICK_START,
} from "./rig/documents.ts";
import type { Host } from "./rig/host.ts";
import { hostTest } from "./rig/rig.ts";

const USER = "op";
const HOME = "/home/op";

/** Blanks, pids and times may differ. */
function alike(text: string): string {
  return text
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/\bpid \d+/g, "pid N")
    .replaceAll(/\d+:\d\d:\d\d/g, "TIME")
    .trim();
}

async function follow(host: Host, page: Followed): Promise<void> {
  for (const [part, expected] of pairsOf(page)) {
    if (part.kind === "file") {
      host.write(part.path, part.text);
      continue;
    }
    const { stdout, stderr, status } = await run(host, part.text, expected);
    const told = `${part.text}\nstatus ${status}\n${stdout}${stderr}`;
    assert.equal(status, expected?.status ?? 0, told);
    if (expected?.says !== undefined) assert.match(stdout + stderr, expected.says, told);
    if (part.shown !== null) assert.equal(alike(stdout), alike(part.shown), told);
  }
}

async function run(host: Host, text: string, of: Expected | null) {
  const expected: Expected = of ?? { command: text };
  const command = expected.instead ?? text;
  // Each command is that of a new login, so that a group of its user counts.
  const as = ["su", "-", USER, "-c"];
  if (expected.isLater === true) {
    const says = expected.says?.source ?? "";
    await host.until([...as, `bash -c 'exec 2>&1; { ${command}\n} | grep -E "$0"' '${says}'`]);
  }
  if (expected.asks === true) {
    const terminal = `script --quiet --return --command ${quoted(command)} /dev/null`;
    return await host.run([...as, terminal], { input: "y\ny\n" });
  }
  if (expected.lines === undefined) return await host.run([...as, command]);
  await host.must(`rm -f ${HOME}/.pid ${HOME}/.out`);
  const running = host.run([...as, `echo $$ >.pid; exec ${command.replace(/ +#.*$/, "")} >.out`]);
  await host.until(`[ "$(wc -l <${HOME}/.out)" -ge ${expected.lines} ]`);
  await host.must(`kill -INT "$(cat ${HOME}/.pid)"`);
  return { ...(await running), stdout: host.read(`${HOME}/.out`) };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A host with a user who may do everything with sudo. @param path of tsv */
async function fresh(host: Host, path: string): Promise<void> {
  host.put(TSV, path);
  await host.boot();
  await host.must(`useradd --create-home --home-dir ${HOME} --shell /bin/bash ${USER}`);
  host.write(`/etc/sudoers.d/${USER}`, `${USER} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
}

hostTest("the quick start of README works as it is written", "systemd-bookworm", async (host) => {
  await fresh(host, "/usr/local/bin/tsv");
  await follow(host, QUICK_START);
  assert.equal((await host.run("pgrep -f '[t]sv daemon'")).status, 1);
});

hostTest(
  "docs/getting-started.md leads to a service as it is written",
  "systemd-bookworm",
  async (host) => {
    await fresh(host, "/root/tsv");
    host.write("/srv/job", "#!/bin/sh\nexec sleep 100000\n", 0o755);
    await follow(host, GETTING_STARTED);
    await host.reboot();
    await host.until("tsv status web | grep RUNNING");
  },
  { packages: ["python3"] },
);

hostTest(
  "docs/coming-from.md migrates from Supervisor and back as it is written",
  "systemd-bookworm",
  async (host) => {
    host.write("/etc/supervisor/conf.d/old.conf", "[program:old]\ncommand=/bin/sleep 100000\n");
    await fresh(host, `${HOME}/tsv`);
    await host.until("supervisorctl status old | grep RUNNING");
    await follow(host, COMING_FROM);
    await host.until("supervisorctl status old | grep RUNNING");
    assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 0);
  },
  { packages: ["supervisor"] },
);
