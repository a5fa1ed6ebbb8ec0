// Reads configurations for an installation: those of an image, and one that will be written.

import { lstatSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { err, ok } from "../../core/base/result.ts";
import { globPaths } from "../../core/config/glob.ts";
import { MOST_FILE_BYTES } from "../../core/config/limits.ts";
import { decodeUtf8 } from "../../core/config/utf8.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { createConfigWorld, listDirectory } from "../../host/files/config-world.ts";
import { readEnvFileNow } from "../../host/files/env-file.ts";
import { readPlainFile } from "../../host/files/read-plain.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import type { InstallWorld } from "../plan/world.ts";
import { pathInRoot } from "./image-path.ts";

interface PlannedConfig {
  readonly root: string;
  readonly world: InstallWorld;
  /** Directories that will exist when the daemon starts. */
  readonly directories: readonly string[];
  /** A file and a group that will be created; null: both exist. */
  readonly planned: { readonly path: string; readonly text: string; readonly group: string } | null;
}

/** A placeholder id of the future group; its value is not used. */
const SOME_GID = 0x7fff_fffe;

/** The view of a host or image after the installation. */
export function plannedConfigWorld({
  root,
  world,
  directories,
  planned,
}: PlannedConfig): ConfigWorld {
  const own = createConfigWorld(createAccounts());
  const at = (path: string): string => followed(root, path);
  return {
    ...own,
    cwd: "/",
    readText(path) {
      if (path === planned?.path) return ok(planned.text);
      const bytes = readPlainFile(at(path), MOST_FILE_BYTES);
      if (!bytes.ok) return bytes;
      const decoded = decodeUtf8(bytes.value);
      return decoded.ok ? decoded : err({ code: "EILSEQ", detail: decoded.error });
    },
    readEnvFile: (path) => readEnvFileNow(at(path)),
    exists: (path) => path === planned?.path || statOf(at(path)) !== null,
    isDirectory: (path) => directories.includes(path) || statOf(at(path))?.isDirectory() === true,
    glob: (pattern) =>
      globPaths(pattern, {
        list: (directory, most) => listDirectory(at(directory), most),
        exists: (path) => lstatSync(at(path), { throwIfNoEntry: false }) !== undefined,
        isDirectory: (path) => statOf(at(path))?.isDirectory() === true,
      }),
    findUser(key) {
      if (root === "/" || typeof key === "number") return own.findUser(key);
      const uid = world.userId(key);
      return uid === null ? null : { name: key, uid, gid: uid };
    },
    findGroup(key) {
      const gid = typeof key === "number" ? null : world.groupId(key);
      if (gid !== null) return { gid };
      if (key === planned?.group) return { gid: SOME_GID };
      return root === "/" ? own.findGroup(key) : null;
    },
  };
}

/** The path with symlinks resolved as inside the image. */
function followed(root: string, path: string): string {
  return root === "/" ? path : dirname(pathInRoot(root, join(path, "x")));
}

function statOf(path: string): ReturnType<typeof statSync> | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
