// README's quick start, docs/getting-started.md and the migration of docs/coming-from.md, followed word for word on a fresh host,
// by a user with sudo. A command of a page that is not expected here fails, and so does an expected one that is missing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, TSV } from "../e2e/rig/places.ts";
import type { Host } from "./rig/host.ts";
import { hostTest } from "./rig/rig.ts";

const USER = "op";
const HOME = "/home/op";

/** What a command of a page does. */
interface Expected {
  /** The command begins with this. */
  readonly command: string;
  readonly says?: RegExp;
  /** 0 by default. */
  readonly status?: number;
  /** It is repeated until it says that. */
  readonly isLater?: true;
  /** It ends with Ctrl-C, which here comes after so many lines. */
  readonly lines?: number;
  /** It asks, and gets "y". */
  readonly asks?: true;
  /** Runs in its place. */
  readonly instead?: string;
}

/** The text of a page from a heading to the next one of its level. */
function section(path: string, heading: string): string {
  const text = readFileSync(join(ROOT, path), "utf8");
  const from = text.indexOf(`\n## ${heading}\n`);
  assert.ok(from >= 0, `${path} has ${heading}`);
  const to = text.indexOf("\n## ", from + 1);
  return text.slice(from, to < 0 ? text.length : to);
}

/** A command, or a file with its text, or a command with the output that the page shows. */
type Part =
  | { readonly kind: "command"; readonly text: string; readonly shown: string | null }
  | { readonly kind: "file"; readonly path: string; readonly text: string };

/** The indented and fenced blocks of a text, in order. A fenced one is the file that is named before it, or a console. */
function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  const blocks = /^```(\w+)\n([\s\S]*?)^```$|(?:^ {4}.*\n)+/gm;
  for (const { 0: all, 1: language, 2: body = "", index } of text.matchAll(blocks)) {
    if (language === undefined) parts.push(...commandsOf(all.replace(/^ {4}/gm, "")));
    else if (language === "console") parts.push(...consoleOf(body));
    else {
      const path = Array.from(text.slice(0, index).matchAll(/`(\/[^`]+\.\w+)`/g)).at(-1)?.[1];
      assert.ok(path !== undefined, `a file is named before ${body}`);
      parts.push({ kind: "file", path, text: body });
    }
  }
  return parts;
}

/** A command is a line, or with a here-document several. */
function commandsOf(block: string): readonly Part[] {
  const commands = block.match(/^.*<<'(\w+)'\n[\s\S]*?^\1$|^.+$/gm) ?? [];
  return commands.map((text) => ({ kind: "command", text, shown: null }));
}

function consoleOf(block: string): readonly Part[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((one) => {
      const end = one.indexOf("\n");
      return { kind: "command", text: one.slice(0, end), shown: one.slice(end + 1) };
    });
}

/** Blanks, pids and times may differ. */
function alike(text: string): string {
  return text
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/\bpid \d+/g, "pid N")
    .replaceAll(/\d+:\d\d:\d\d/g, "TIME")
    .trim();
}

async function follow(host: Host, parts: readonly Part[], all: readonly Expected[]): Promise<void> {
  const left = [...all];
  for (const part of parts) {
    if (part.kind === "file") {
      host.write(part.path, part.text);
      continue;
    }
    const expected = left.shift();
    const isNext = expected !== undefined && part.text.startsWith(expected.command);
    assert.ok(isNext, `expected ${expected?.command ?? "nothing"}, the page has: ${part.text}`);
    const { stdout, stderr, status } = await run(host, part.text, expected);
    const told = `${part.text}\nstatus ${status}\n${stdout}${stderr}`;
    assert.equal(status, expected.status ?? 0, told);
    if (expected.says !== undefined) assert.match(stdout + stderr, expected.says, told);
    if (part.shown !== null) assert.equal(alike(stdout), alike(part.shown), told);
  }
  assert.deepEqual(left, [], "all that is expected is on the page");
}

async function run(host: Host, text: string, expected: Expected) {
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
  await follow(host, partsOf(section("README.md", "Quick start")), [
    { command: "tsv run ", lines: 6, says: /^[\s\S]*\bclock\b[^\n]*\d\d:\d\d:\d\d/ },
    { command: "cat > tsv.conf" },
    { command: "tsv check tsv.conf", says: /^tsv\.conf: ok/ },
    { command: "tsv daemon -c tsv.conf" },
    { command: "tsv status -c tsv.conf", isLater: true, says: /load +RUNNING/ },
    { command: "tsv logs -f load", lines: 3, says: /\d/ },
    { command: "cat >> tsv.conf" },
    { command: "tsv update", says: /^broken: added process group/ },
    { command: "tsv status", isLater: true, says: /broken +FATAL/, status: 3 },
    { command: "tsv why broken", says: /'\/etc\/app\.yml': No such file or directory/ },
    { command: "tsv shutdown", says: /^Shut down/ },
  ]);
  assert.equal((await host.run("pgrep -f '[t]sv daemon'")).status, 1);
});

hostTest(
  "docs/getting-started.md leads to a service as it is written",
  "systemd-bookworm",
  async (host) => {
    await fresh(host, "/root/tsv");
    const text = readFileSync(join(ROOT, "docs/getting-started.md"), "utf8");
    await follow(host, partsOf(text), [
      // The page has this for an archive; packages have tests of their own.
      {
        command: "sudo apt install ./tsv_*_amd64.deb",
        instead: "sudo /root/tsv install --boot",
        asks: true,
        says: /tsv answers on unix:/,
      },
      { command: "sudo usermod -aG tsv" },
      { command: "sudo useradd --system app" },
      { command: "sudo mkdir -p /srv/app" },
      { command: "sudo install -D -m 600 /dev/null /etc/app/web.env" },
      { command: "echo GREETING=hello | sudo tee -a /etc/app/web.env" },
      { command: "tsv check" },
      { command: "tsv update" },
      { command: "tsv status", isLater: true, says: /web +RUNNING/ },
      { command: "tsv logs -f web", lines: 1, says: /GET/ },
      { command: "tsv logs web --since 10m --grep GET", says: /GET/ },
      { command: "tsv restart web", says: /web: started/ },
      { command: "tsv check && tsv update" },
      { command: "tsv env web", says: /GREETING=<redacted>/ },
      { command: "tsv why web", says: /^web: RUNNING/ },
      { command: "sudo tsv doctor", says: /No problems found/ },
    ]);
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
    await follow(host, partsOf(section("docs/coming-from.md", "Supervisor")), [
      { command: "./tsv check /etc/supervisor/supervisord.conf", says: /: ok/ },
      { command: "sudo ./tsv doctor --config", says: /config +\/etc\/supervisor/ },
      { command: "sudo ./tsv install --boot --take-over --dry-run", says: /nothing was changed/ },
      {
        command: "sudo ./tsv install --boot --take-over",
        asks: true,
        says: /tsv answers on unix:/,
      },
      { command: "sudo tsv uninstall", asks: true },
    ]);
    await host.until("supervisorctl status old | grep RUNNING");
    assert.equal((await host.run("pgrep -f '[/]usr/bin/supervisord'")).status, 0);
  },
  { packages: ["supervisor"] },
);
