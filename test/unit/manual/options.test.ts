// tsv.conf(5) and the option table keep each other true: every option has its entry, of its type, with its default,
// and with an example that our own reader takes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseCtlArguments } from "../../../src/core/command-line/arguments.ts";
import type { SectionKind } from "../../../src/core/config/options/sections.ts";
import { OPTIONS, type OptionEntry } from "../../../src/core/config/options/table.ts";
import { readCtlConfig, readFleetConfig } from "../../../src/core/config/read.ts";
import { EVENT_TYPES } from "../../../src/core/events/types.ts";
import { REPLACED_PLUGINS, RPC_FACTORIES } from "../../../src/core/plugins/known.ts";
import { fakeWorld, readIn } from "../core/config/fake-world.ts";
import { type Entry, pageEntries, pageLines } from "./page.ts";
import { ROOT } from "./root.ts";

const PAGE = pageEntries("tsv.conf.5").filter((entry) => entry.heading.startsWith("["));

/** `[program:x]` is program. */
function kindOf(heading: string): string {
  return heading.slice(1, -1).replace(/:x$/, "");
}

function entryFor({ section, key }: OptionEntry): Entry {
  const found = PAGE.filter((entry) => kindOf(entry.heading) === section && entry.name === key);
  assert.equal(found.length, 1, `entries for ${section}.${key} in docs/man/tsv.conf.5`);
  const [entry] = found;
  assert.ok(entry !== undefined);
  return entry;
}

type Options = Readonly<Record<string, string>>;

/** A header and the options without which its section is refused. */
const SECTIONS: Readonly<Record<SectionKind, readonly [string, Options]>> = {
  supervisord: ["supervisord", { user: "root" }],
  unix_http_server: ["unix_http_server", { file: "/tmp/a.sock" }],
  inet_http_server: ["inet_http_server", { port: "9001" }],
  fleet: ["fleet", { url: "tls://a:1", name: "a", key: "/k" }],
  supervisorctl: ["supervisorctl", {}],
  include: ["include", { files: "none" }],
  group: ["group:pair", { programs: "web" }],
  program: ["program:x", { command: "/bin/cat" }],
  "program-default": ["program-default", {}],
  template: ["template:x", {}],
  "fcgi-program": ["fcgi-program:x", { command: "/bin/cat", socket: "unix:///tmp/x.sock" }],
  eventlistener: ["eventlistener:x", { command: "/bin/cat", events: "TICK" }],
  rpcinterface: ["rpcinterface:supervisor", { "supervisor.rpcinterface_factory": "a:b" }],
  user: ["user:x", { password: "a" }],
  notify: ["notify:x", {}],
  ctlplugin: ["ctlplugin:x", { "supervisor.ctl_factory": "a:b" }],
};

/** Programs that the examples name. */
const MEMBERS = ["web", "worker", "db", "migrate"]
  .map((name) => `[program:${name}]\ncommand=/bin/cat\n`)
  .join("")
  .concat("type=oneshot\n");

/** Templates that the examples name. */
const TEMPLATES = "[template:service]\n[template:logged]\n";

/** What the examples name. */
const FILES = {
  "/etc/conf.d/more.conf": "",
  "/run/x": "",
  "/srv/www/x": "",
  "/var/log/supervisor/x": "",
  "/dev/stdout": "",
};

/** Reads a file whose last section has these options, as whoever needs that section reads it. */
function read(section: SectionKind, options: Options): object {
  const lines = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  const daemon = section === "supervisord" ? "" : "[supervisord]\nuser=root\n";
  const [header] = SECTIONS[section];
  const others = section === "group" || section === "program" ? MEMBERS + TEMPLATES : "";
  const text = `${daemon}${others}[${header}]\n${lines.join("\n")}\n`;
  const isCtl = section === "supervisorctl" || section === "ctlplugin";
  const ctl = section === "ctlplugin" ? "[supervisorctl]\n" : "";
  const world = fakeWorld({ "/etc/s.conf": ctl + text, ...FILES });
  if (section === "fleet") {
    const fleet = readFleetConfig("/etc/s.conf", world);
    return (fleet.ok ? fleet.value : fleet.error) ?? {};
  }
  if (!isCtl) return readIn(world);
  const parsed = parseCtlArguments(["supervisorctl", "-c", "/etc/s.conf"], world);
  assert.ok(parsed.ok && parsed.value.kind === "run");
  const config = readCtlConfig(parsed.value.args, world);
  return config.ok ? config.value : config.error;
}

function isRefused(config: object): boolean {
  return "text" in config;
}

function examplePairs(example: readonly string[]): Options {
  return Object.fromEntries(
    example.map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

describe("tsv.conf(5)", () => {
  test("has the options of the table, in its order, and no others", () => {
    const onPage = PAGE.map((entry) => `${kindOf(entry.heading)}.${entry.name}`);
    const ofKind = (kind: string) => OPTIONS.filter(({ section }) => section === kind);
    const kinds = Array.from(new Set(PAGE.map((entry) => kindOf(entry.heading))));
    const inTable = kinds.flatMap(ofKind).map(({ section, key }) => `${section}.${key}`);
    assert.deepEqual(onPage, inTable);
    assert.deepEqual(new Set(kinds), new Set(OPTIONS.map(({ section }) => section)));
  });

  test("leaves options that Supervisor lacks to docs/differences.md", () => {
    const differences = readFileSync(join(ROOT, "docs/differences.md"), "utf8");
    const own = OPTIONS.filter(({ isOwn }) => isOwn === true);
    assert.ok(own.length > 0);
    for (const { key } of own) {
      // One entry serves both channels.
      const name = key.replace(/^std(?:out|err)_/, "");
      assert.match(differences, new RegExp(`\\b${name}\\b`), `${key} has no row there`);
    }
  });

  test("names every type of event", () => {
    const text = pageLines("tsv.conf.5").join("\n");
    for (const name of EVENT_TYPES)
      assert.match(text, new RegExp(`^\\.(?:It )?Ic ${name}\\b`, "m"));
  });

  test("names every factory that tsv knows", () => {
    const lines = pageLines("tsv.conf.5");
    const known = [...RPC_FACTORIES, ...REPLACED_PLUGINS.keys()].map((name) => `.It Li ${name}`);
    assert.deepEqual(lines.filter((line) => /^\.It Li \S+:\S+$/.test(line)).sort(), known.sort());
  });

  test("explains every type of value that an option has", () => {
    const lines = pageLines("tsv.conf.5");
    for (const { kind } of OPTIONS) assert.ok(lines.includes(`.It Ar ${kind}`), kind);
  });

  for (const option of OPTIONS) {
    const { section, key } = option;
    test(`has type, default and example of ${section}.${key}`, () => {
      const entry = entryFor(option);
      assert.equal(entry.type, option.kind);
      assert.ok(entry.hasText, "it has a text");
      checkDefault(option, entry);
      const [, needed] = SECTIONS[section];
      const pairs = examplePairs(entry.example);
      assert.ok(key in pairs, "its example sets it");
      const config = read(section, { ...needed, ...pairs });
      assert.ok(!isRefused(config), `the example is refused: ${JSON.stringify(config)}`);
    });
  }
});

/** What the page says happens without the option is what the reader does. */
function checkDefault({ section, key, default: written }: OptionEntry, entry: Entry): void {
  const [, needed] = SECTIONS[section];
  const { [key]: _without, ...others } = needed;
  assert.ok(entry.default !== null, "it has a default");
  switch (entry.default.kind) {
    case "required":
      assert.ok(isRefused(read(section, others)), "the reader refuses a section without it");
      return;
    case "none":
      assert.equal(written, undefined);
      return;
    case "value":
      if (written !== undefined) assert.equal(entry.default.text, written);
      // A pool's default is its own; a priority that is given is that of its processes too, as the page says.
      if (section === "eventlistener" && key === "priority") return;
      assert.deepEqual(
        read(section, { ...others, [key]: entry.default.text }),
        read(section, others),
        "the reader takes the default for what is not there",
      );
      return;
    case "words":
      assert.equal(written === "", entry.default.text === "empty");
      assert.equal(written ?? "", "", "a default that can be written is not told in words");
  }
}
