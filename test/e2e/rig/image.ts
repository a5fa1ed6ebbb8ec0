// The root of a small system that nothing runs in, and a picture of it with everything that an installer could change.

import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const FILES: Readonly<Record<string, string>> = {
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
  "/etc/group": "root:x:0:\nadm:x:4:root\n",
  "/etc/gshadow": "root:*::\nadm:*::root\n",
  "/usr/lib/systemd/systemd": "systemd\n",
};

const DIRECTORIES = [
  "/etc/default",
  "/etc/systemd/system/multi-user.target.wants",
  "/etc/tmpfiles.d",
  "/run",
  "/usr/local/bin",
  "/usr/sbin",
  "/var/lib",
  "/var/log",
];

/** Makes a system that systemd would boot. */
export function makeImage(root: string): void {
  for (const path of DIRECTORIES) mkdirSync(join(root, path), { recursive: true });
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  // Absolute, as in every image: it means the image's own root and never that of the machine.
  symlinkSync("/usr/lib", join(root, "lib"));
  symlinkSync("/usr/sbin", join(root, "sbin"));
  symlinkSync("/lib/systemd/systemd", join(root, "usr/sbin/init"));
}

/** One line for each file: type, mode, owner, and a hash or target. */
export function picture(root: string): readonly string[] {
  const lines: string[] = [];
  const visit = (path: string): void => {
    const stats = lstatSync(join(root, path));
    const access = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
    if (stats.isSymbolicLink()) {
      lines.push(`${path} link ${readlinkSync(join(root, path))}`);
    } else if (stats.isDirectory()) {
      lines.push(`${path} directory ${access}`);
      for (const name of readdirSync(join(root, path)).sort()) visit(join(path, name));
    } else {
      const hash = createHash("sha256")
        .update(readFileSync(join(root, path)))
        .digest("hex");
      lines.push(`${path} file ${access} ${hash.slice(0, 12)}`);
    }
  };
  visit("/");
  return lines;
}
