// Command lines of both programs, and where they look for a configuration.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  configOfDaemon,
  parseCtlArguments,
  parseDaemonArguments,
  searchPaths,
} from "../../../../src/core/command-line/arguments.ts";
import {
  readCtlConfig,
  readDaemonConfig,
  rootSearchWarning,
} from "../../../../src/core/config/read.ts";
import { fakeWorld } from "../config/fake-world.ts";

describe("the search for a file", () => {
  const world = fakeWorld({
    "/home/ops/etc/supervisord.conf": "[supervisord]\n[supervisorctl]\nprompt=found\n",
  });

  test("takes the first place that has one, and warns root", () => {
    const parsed = parseDaemonArguments(["/usr/bin/supervisord"], world);
    assert.ok(parsed.ok && parsed.value.kind === "run");
    const config = readDaemonConfig(parsed.value.args, world);
    assert.ok(config.ok);
    assert.equal(config.value.daemon.configFile, "etc/supervisord.conf");
    assert.equal(config.value.daemon.here, "/home/ops/etc");
    assert.match(
      rootSearchWarning(parsed.value.args, world) ?? "",
      /^Supervisord is running as root and/,
    );
  });

  test("lists all places when there is none", () => {
    const empty = fakeWorld({});
    const parsed = parseDaemonArguments(["/usr/bin/supervisord"], empty);
    assert.ok(parsed.ok && parsed.value.kind === "run");
    const config = readDaemonConfig(parsed.value.args, empty);
    assert.ok(!config.ok);
    assert.equal(
      config.error.text,
      "No config file found at default paths (/usr/etc/supervisord.conf, /usr/supervisord.conf, " +
        "supervisord.conf, etc/supervisord.conf, /etc/supervisord.conf, /etc/supervisor/supervisord.conf, " +
        "/etc/tsv/tsv.conf, /usr/local/etc/tsv/tsv.conf); " +
        "use the -c option to specify a config file at a different path",
    );
  });

  test("finds the installed configuration, last by a name of Supervisor's (installed-config)", () => {
    const user = fakeWorld({}, { uid: 1000, home: "/home/web" });
    const ours = ["/home/web/.config/tsv/tsv.conf", "/etc/tsv/tsv.conf"];
    const theirs = ["/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"];
    for (const name of ["supervisord", "/usr/bin/supervisorctl", "/opt/tsv/supervisord"]) {
      const absolute = searchPaths(name, user).slice(4, 8);
      assert.deepEqual(absolute, [...theirs, ...ours], name);
    }
    for (const name of ["tsv", "tsv daemon", "tsv ctl", "/opt/tsv-1.0/bin/tsv"]) {
      const paths = searchPaths(name, user);
      const here = ["tsv.conf", "supervisord.conf", "etc/supervisord.conf"];
      const macos = "/usr/local/etc/tsv/tsv.conf";
      assert.deepEqual(paths, [...here, ...ours, macos, ...theirs], name);
    }
  });

  test("root does not read a configuration from a user's home", () => {
    const root = fakeWorld({}, { uid: 0, home: "/home/web" });
    assert.ok(!searchPaths("tsv", root).some((path) => path.startsWith("/home")));
    const homeless = fakeWorld({}, { uid: 1000, home: "" });
    assert.ok(!searchPaths("tsv", homeless).some((path) => path.includes(".config")));
  });

  test("root reads none of the working directory, except by a name of Supervisor's", () => {
    const root = fakeWorld({}, { uid: 0, home: "/root" });
    for (const name of ["tsv", "tsv daemon", "tsv ctl", "/usr/bin/tsv"]) {
      const relative = searchPaths(name, root).filter((path) => !path.startsWith("/"));
      assert.deepEqual(relative, [], name);
    }
    const theirs = searchPaths("supervisord", root);
    assert.ok(theirs.includes("supervisord.conf") && !theirs.includes("tsv.conf"));
  });

  test("serves ctl too, which does without a file", () => {
    for (const [place, prompt] of [
      [world, "found"],
      [fakeWorld({}), "supervisor"],
    ] as const) {
      const parsed = parseCtlArguments(["supervisorctl", "-r", "~/h", "tail", "-f", "x"], place);
      assert.ok(parsed.ok && parsed.value.kind === "run");
      assert.deepEqual(parsed.value.args.words, ["tail", "-f", "x"]);
      const config = readCtlConfig(parsed.value.args, place);
      assert.ok(config.ok);
      assert.equal(config.value.prompt, prompt);
      assert.equal(config.value.historyFile, "/root/h");
    }
  });
});

describe("command lines", () => {
  const world = fakeWorld({});
  test("the profiler's options are taken and have no effect (profile-options)", () => {
    const parse = (...words: string[]) => parseDaemonArguments(["supervisord", ...words], world);
    const plain = parse("-n");
    assert.ok(plain.ok);
    assert.deepEqual(parse("-n", "--profile_options=cumulative,callers"), plain);
  });

  test("help and version count where they stand", () => {
    const kindOf = (...words: string[]): string => {
      const parsed = parseDaemonArguments(["supervisord", ...words], world);
      return parsed.ok ? parsed.value.kind : parsed.error;
    };
    assert.equal(kindOf("-h", "-e", "foo"), "help");
    assert.equal(kindOf("-nv"), "version");
    assert.match(kindOf("-e", "foo", "-h"), /invalid value/);
    assert.match(kindOf("-h", "word"), /positional/);
  });
});

const of = (words: string, cwd = "/srv"): string | null =>
  configOfDaemon(words.split(" "), cwd, fakeWorld({}));

describe("the configuration of a running daemon", () => {
  test("is the one that its command line names, by its own directory", () => {
    assert.equal(of("supervisord -n -c /etc/app.conf"), "/etc/app.conf");
    assert.equal(of("/usr/bin/supervisord --nodaemon --configuration=app.conf"), "/srv/app.conf");
    assert.equal(of("tsv daemon -n -c ../app.conf"), "/app.conf");
  });

  test("is unknown if it names none", () => {
    assert.equal(of("supervisord -n"), null);
  });

  test("is none if the process is no daemon", () => {
    assert.equal(of("tsv status -c /etc/app.conf"), null);
    assert.equal(of("supervisord --no-such-option"), null);
    assert.equal(of(""), null);
  });
});
