// The commands of README's quick start, of docs/getting-started.md, and of the migration of docs/coming-from.md, and what each
// of them does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../e2e/rig/places.ts";

/** What a command of a page does. */
export interface Expected {
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
  /** Of a page for several hosts: the names of those that it runs on, one after the other. */
  readonly on?: readonly string[];
  /** It prints a line that is kept under this name. */
  readonly keeps?: string;
  /** It reads the line of this name. */
  readonly reads?: string;
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
export type Part =
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

/** A page that readers follow word for word. */
export interface Followed {
  readonly parts: readonly Part[];
  /** Of each command, in order. */
  readonly expected: readonly Expected[];
}

/**
 * Each part with what its command does; null for a file.
 * @throws AssertionError when a command of the page is not expected here, or an expected one is missing
 */
export function pairsOf({
  parts,
  expected,
}: Followed): readonly (readonly [Part, Expected | null])[] {
  const left = [...expected];
  const pairs = parts.map((part): [Part, Expected | null] => {
    if (part.kind === "file") return [part, null];
    const next = left.shift() ?? null;
    const isNext = next !== null && part.text.startsWith(next.command);
    assert.ok(isNext, `expected ${next?.command ?? "nothing"}, the page has: ${part.text}`);
    return [part, next];
  });
  assert.deepEqual(left, [], "all that is expected is on the page");
  return pairs;
}

export const QUICK_START: Followed = {
  parts: partsOf(section("README.md", "Quick start")),
  expected: [
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
  ],
};

export const GETTING_STARTED: Followed = {
  parts: partsOf(readFileSync(join(ROOT, "docs/getting-started.md"), "utf8")),
  expected: [
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
    { command: "tsv check --effective web", says: /^command *=.*server\.py/m },
    { command: "sudo tsv service add job -- /srv/job", says: /job/ },
    { command: "tsv env web", says: /GREETING=<redacted>/ },
    { command: "tsv why web", says: /^web: RUNNING/ },
    { command: "sudo tsv doctor", says: /No problems found/ },
  ],
};

const HUB = ["hub"] as const;

export const FLEET: Followed = {
  parts: partsOf(section("docs/fleet.md", "From nothing to three hosts")),
  expected: [
    {
      command: "apt install ./tsv_",
      on: ["hub", "db-1", "pi-1"],
      instead: "/root/tsv install --boot --yes",
      says: /tsv answers on unix:/,
    },
    // The host has them already: it has no network beyond the other two.
    { command: "apt install nats-server openssl", on: HUB, instead: "dpkg -s nats-server openssl" },
    { command: "systemctl disable --now nats-server", on: HUB },
    { command: "tsv fleet init --url", on: HUB, says: /Open in the firewall: +TCP port 4222/ },
    { command: "tsv status", on: HUB, says: /nats-server +RUNNING[\s\S]*tsv-fleet-hub +RUNNING/ },
    { command: "tsv fleet invite db-1", on: HUB, says: /^tsvj1_\S+\n$/, keeps: "db-1" },
    { command: "tsv fleet invite pi-1", on: HUB, says: /^tsvj1_\S+\n$/, keeps: "pi-1" },
    { command: "tsv fleet join -", on: ["db-1"], reads: "db-1", says: /^db-1 is a device of tls:/ },
    { command: "tsv fleet join -", on: ["pi-1"], reads: "pi-1", says: /^pi-1 is a device of tls:/ },
    { command: "mkdir -p ~/.config/tsv", on: HUB },
    { command: "mv /etc/tsv/fleet/operators", on: HUB },
    { command: "tsv fleet members", on: HUB, says: /^db-1 +device +joined[\s\S]*^pi-1 +device/m },
    {
      command: "tsv fleet status",
      on: HUB,
      isLater: true,
      says: /^pi-1 +tsv-fleet +RUNNING/m,
    },
    { command: "cat > clock.conf", on: HUB },
    { command: "tsv fleet plan clock.conf", on: HUB, says: /^db-1, pi-1: adds program:clock$/m },
    {
      command: "tsv fleet apply clock.conf",
      on: HUB,
      asks: true,
      says: /wave 1 of 2: 1 device[\s\S]*done: 2 applied/,
    },
    { command: "tsv fleet status clock", on: HUB, says: /db-1 +clock +RUNNING[\s\S]*pi-1 +clock/ },
    { command: "tsv fleet restart clock --on pi-1", on: HUB, says: /^pi-1 +clock: started$/m },
    { command: "tsv fleet logs -f clock", on: HUB, lines: 4, says: /\d\d:\d\d:\d\d/ },
    { command: "tsv fleet revoke pi-1", on: HUB, says: /^pi-1: revoked$/m },
    { command: "tsv fleet members", on: HUB, says: /^(?![\s\S]*pi-1)[\s\S]*db-1/ },
  ],
};

export const COMING_FROM: Followed = {
  parts: partsOf(section("docs/coming-from.md", "Supervisor")),
  expected: [
    { command: "./tsv check /etc/supervisor/supervisord.conf", says: /: ok/ },
    { command: "sudo ./tsv doctor --config", says: /config +\/etc\/supervisor/ },
    { command: "sudo ./tsv install --boot --take-over --dry-run", says: /nothing was changed/ },
    {
      command: "sudo ./tsv install --boot --take-over",
      asks: true,
      says: /tsv answers on unix:/,
    },
    { command: "sudo tsv uninstall", asks: true },
  ],
};
