// A machine made of a few files, users and variables, for tests of the configuration.

import { err, ok } from "../../../../src/core/base/result.ts";
import { parseDaemonArguments } from "../../../../src/core/command-line/arguments.ts";
import { globPaths } from "../../../../src/core/config/glob.ts";
import type { Config, ConfigError } from "../../../../src/core/config/model.ts";
import { dirname, joinPath } from "../../../../src/core/config/paths.ts";
import { readDaemonConfig } from "../../../../src/core/config/read.ts";
import type { ConfigWorld, UserAccount } from "../../../../src/core/config/world.ts";

const USERS: readonly UserAccount[] = [
  { name: "root", uid: 0, gid: 0, home: "/root" },
  { name: "web", uid: 1000, gid: 100, home: "/home/web/" },
];

/** Files by absolute path; their directories exist, and `/tmp`. A value of null is a file that cannot be read. */
export function fakeWorld(
  files: Readonly<Record<string, string | null>>,
  changes: Partial<ConfigWorld> = {},
): ConfigWorld {
  const cwd = changes.cwd ?? "/home/ops";
  const at = (path: string): string => joinPath(cwd, path);
  const directories = new Set(["/", "/tmp", cwd]);
  for (const path of Object.keys(files)) {
    for (let parent = dirname(path); parent !== "/"; parent = dirname(parent))
      directories.add(parent);
  }
  const isDirectory = (path: string): boolean => directories.has(at(path).replace(/(.)\/$/, "$1"));
  const names = [...Object.keys(files), ...directories];
  const exists = (path: string): boolean => names.includes(at(path));
  return {
    readText(path) {
      const text = files[at(path)];
      if (typeof text === "string") return ok(text);
      return text === null
        ? err({ code: "EACCES", detail: `EACCES: permission denied, open '${path}'` })
        : err({ code: "ENOENT", detail: `ENOENT: no such file or directory, open '${path}'` });
    },
    readEnvFile(path) {
      const text = files[at(path)];
      if (typeof text === "string") return ok(new TextEncoder().encode(text));
      return err(text === null ? "EACCES" : "ENOENT");
    },
    exists,
    isDirectory,
    // Tests of other rules name commands that no file is there for.
    isMissing: () => false,
    isNotExecutable: () => false,
    glob: (pattern) =>
      globPaths(pattern, {
        list: (directory) =>
          names.filter((n) => dirname(n) === directory).map((n) => n.slice(n.lastIndexOf("/") + 1)),
        exists,
        isDirectory,
      }),
    findUser: (key) => USERS.find((user) => user.name === key || user.uid === key) ?? null,
    findGroup: (key) => (key === "staff" || key === 50 ? { gid: 50 } : null),
    home: "/root",
    tempDir: "/tmp",
    hostName: "box",
    uid: 0,
    env: { COLOUR: "blue" },
    ...changes,
    cwd,
  };
}

/** Reads `/etc/s.conf` of a world, with further words on the command line. */
export function readIn(world: ConfigWorld, ...words: readonly string[]): Config | ConfigError {
  const parsed = parseDaemonArguments(
    ["/usr/bin/supervisord", "-c", "/etc/s.conf", ...words],
    world,
  );
  if (!parsed.ok) throw new Error(parsed.error);
  if (parsed.value.kind !== "run") throw new Error(parsed.value.kind);
  const config = readDaemonConfig(parsed.value.args, world);
  return config.ok ? config.value : config.error;
}

/** A configuration of one file that must be sound. */
export function readText(
  text: string,
  files: Readonly<Record<string, string | null>> = {},
  changes: Partial<ConfigWorld> = {},
): Config {
  const config = readIn(
    fakeWorld({ "/etc/s.conf": `[supervisord]\nuser=root\n${text}`, ...files }, changes),
  );
  if ("daemon" in config) return config;
  throw new Error(config.text);
}

/** The error of a configuration of one file that must not be sound. */
export function errorOf(
  text: string,
  files: Readonly<Record<string, string | null>> = {},
): ConfigError {
  const config = readIn(fakeWorld({ "/etc/s.conf": text, ...files }));
  if ("daemon" in config) throw new Error("no error");
  return config;
}
