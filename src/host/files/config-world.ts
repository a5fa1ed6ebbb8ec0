// The facts that reading a configuration needs, from this host's file system and environment.
//
// sync-ok(accessSync, closeSync, lstatSync, opendirSync, readSync, statSync): at the first start,
// in the process that reads for the daemon, and in commands; the daemon itself makes no such world
// later

import { accessSync, constants, lstatSync, opendirSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { ownedText } from "../../core/base/permission-words.ts";
import { err } from "../../core/base/result.ts";
import { globPaths } from "../../core/config/glob.ts";
import { MOST_FILE_BYTES } from "../../core/config/limits.ts";
import { decodeUtf8 } from "../../core/config/py-text.ts";
import type { AccountLookup, ConfigWorld, ReadTextFailure } from "../../core/config/world.ts";
import { errnoOf, quietly } from "../error-code.ts";
import { ownHome } from "../system/identity.ts";
import { readDecisions, unwritable } from "./decisions-file.ts";
import { permissionFacts } from "./describe-path.ts";
import { readEnvFileNow, readPlainFile } from "./read-plain.ts";
import { silentMount } from "./silent-mounts.ts";

function isSilent(path: string): boolean {
  return silentMount(path) !== null;
}

function isThere(path: string): boolean {
  return errnoOf(() => statSync(path)) === null;
}

function isDirectory(path: string): boolean {
  return quietly(() => statSync(path).isDirectory(), false);
}

/** The directory for temporary files, by Python's rules: the first of these that can be written. */
function temporaryDirectory(env: Readonly<Record<string, string>>, cwd: string): string {
  const candidates = [env["TMPDIR"], env["TEMP"], env["TMP"], "/tmp", "/var/tmp", "/usr/tmp"];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate === "") continue;
    const path = isAbsolute(candidate) ? candidate : join(cwd, candidate);
    if (isDirectory(path) && canWrite(path)) return path;
  }
  return cwd;
}

/** A part of the path that is a file answers it too. */
function isMissing(path: string): boolean {
  const errno = errnoOf(() => statSync(path));
  return errno === "ENOENT" || errno === "ENOTDIR";
}

function isNotExecutable(path: string): boolean {
  return quietly(() => {
    const { mode } = statSync(path);
    return (mode & constants.S_IFMT) === constants.S_IFREG && (mode & 0o111) === 0;
  }, false);
}

function canWrite(path: string): boolean {
  return errnoOf(() => accessSync(path, constants.W_OK | constants.X_OK)) === null;
}

/**
 * A view of this host for reading configurations.
 * @remarks The working directory is remembered, so that a relative `-c` still names the same file after a chdir.
 */
export function createConfigWorld(
  accounts: AccountLookup,
  cwd: string = process.cwd(),
): ConfigWorld {
  const env = { ...process.env } as Readonly<Record<string, string>>;
  // Not node:path's join: it would resolve `..` as text, where the kernel looks at the directories named.
  const at = (path: string): string => (isAbsolute(path) ? path : `${cwd}/${path}`);
  return {
    readText(path) {
      const mount = silentMount(at(path));
      if (mount !== null)
        return err({ code: "ETIMEDOUT", detail: `the file system ${mount} does not answer` });
      const bytes = readPlainFile(at(path), MOST_FILE_BYTES);
      if (!bytes.ok) return err(withOwner(bytes.error, at(path)));
      const decoded = decodeUtf8(bytes.value);
      return decoded.ok ? decoded : err({ code: "EILSEQ", detail: decoded.error });
    },
    readEnvFile: (path) => (isSilent(at(path)) ? err("ETIMEDOUT") : readEnvFileNow(at(path))),
    readDecisions(path, uid) {
      const mount = silentMount(at(path));
      if (mount === null) return readDecisions(at(path), uid);
      return err(`${path}: the file system ${mount} does not answer`);
    },
    unwritable: (path, uid) => (isSilent(at(path)) ? null : unwritable(at(path), uid)),
    // What cannot be examined is not called wrong.
    exists: (path) => path !== "" && (isSilent(at(path)) || isThere(at(path))),
    isDirectory: (path) => path !== "" && (isSilent(at(path)) || isDirectory(at(path))),
    isMissing: (path) => path !== "" && !isSilent(at(path)) && isMissing(at(path)),
    isNotExecutable: (path) => path !== "" && !isSilent(at(path)) && isNotExecutable(at(path)),
    silentMount: (path) => silentMount(at(path)),
    glob: (pattern) =>
      globPaths(pattern, {
        list: (directory, most) => listDirectory(at(directory), most),
        exists: (path) => !isSilent(at(path)) && errnoOf(() => lstatSync(at(path))) === null,
        isDirectory: (path) => !isSilent(at(path)) && isDirectory(at(path)),
      }),
    findUser: (nameOrUid) => accounts.findUser(nameOrUid),
    findGroup: (nameOrGid) => accounts.findGroup(nameOrGid),
    cwd,
    get home() {
      return ownHome(env);
    },
    get tempDir() {
      return temporaryDirectory(env, cwd);
    },
    hostName: hostname(),
    uid: process.getuid?.() ?? -1,
    env,
  };
}

/** Names the owner of a file that this user may not read, or of a directory on the way to it. */
function withOwner(failure: ReadTextFailure, path: string): ReadTextFailure {
  const facts = failure.code === "EACCES" ? permissionFacts(path, "read") : null;
  if (facts === null) return failure;
  return { ...failure, detail: `permission denied: ${ownedText(facts)}` };
}

/** The names in a directory, at most `most` + 1; none if the directory cannot be listed, as in Python's glob. */
export function listDirectory(path: string, most: number): readonly string[] {
  if (isSilent(path)) return [];
  return quietly(() => {
    const directory = opendirSync(path);
    const names: string[] = [];
    try {
      while (names.length <= most) {
        const entry = directory.readSync();
        if (entry === null) break;
        names.push(entry.name);
      }
      return names;
    } finally {
      directory.closeSync();
    }
  }, []);
}
