// FastCGI programs as their web server sees them: connect, one line each way, and the socket's file.

import { existsSync, lstatSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { dirname, join } from "node:path";
import { ROOT } from "./places.ts";
import { waitForChange } from "./watch.ts";

/** Accepts on descriptor 0; its argument is the name it answers with. */
export const FCGI_CHILD = join(ROOT, "test/e2e/rig/fcgi-child.py");

/** The reason to skip tests that need the child, or false. */
export function withoutPython(): string | false {
  return existsSync("/usr/bin/python3") ? false : "/usr/bin/python3 missing; run make test-host";
}

/** Sends one line. @returns the answer, or the code of the error if the connection is refused */
export function request(where: NetConnectOpts, line = "hello"): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(where, () => void socket.write(`${line}\n`));
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    socket.on("close", () => resolve(text.trim()));
  });
}

/** "socket 0660", "file 0644", "nothing". */
export function kindOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "nothing";
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, "0");
  return `${stats.isSocket() ? "socket" : "file"} ${mode}`;
}

/** Waits until nothing is at a path: the file of a socket goes a moment after its last program. */
export async function gone(path: string): Promise<void> {
  const look = (): true | undefined => kindOf(path) === "nothing" || undefined;
  await waitForChange(dirname(path), look, `the end of ${path}`);
}
