// Waits for the contents of a file. The kernel reports each change; there is no polling.

import { readFileSync, watch } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";

const DEFAULT_TIMEOUT_MS = 40_000;

/** The file's text, empty while there is none. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * Waits until `look` finds something whenever an entry of `directory` changes.
 * @throws when the deadline passes; `what` says what was waited for
 */
export function waitForChange<T>(
  directory: string,
  look: () => T | undefined,
  what: string,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const watcher = watch(directory);
    const finish = (): void => {
      clearTimeout(deadline);
      watcher.close();
    };
    const deadline = setTimeout(() => {
      finish();
      reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`));
    }, timeoutMs);
    const check = (): void => {
      try {
        const found = look();
        if (found === undefined) return;
        finish();
        resolve(found);
      } catch (error) {
        finish();
        reject(error);
      }
    };
    watcher.on("change", check);
    watcher.on("error", (error) => {
      finish();
      reject(error);
    });
    check(); // After the watch is set, so that no change falls between.
  });
}

/** Waits until the file matches, at least `times` times; gives the last match. */
export function waitForText(
  path: string,
  pattern: RegExp,
  options: { readonly times?: number; readonly timeoutMs?: number } = {},
): Promise<RegExpMatchArray> {
  const all = new RegExp(pattern.source, `${pattern.flags.replace("g", "")}g`);
  const look = (): RegExpMatchArray | undefined => {
    const found = [...textOf(path).matchAll(all)];
    return found.length >= (options.times ?? 1) ? found[found.length - 1] : undefined;
  };
  const what = `${pattern} in ${path}, which holds:\n`;
  return waitForChange(dirname(path), look, what, options.timeoutMs).catch((error: Error) => {
    throw new Error(`${error.message}${textOf(path).slice(-4000)}`);
  });
}

/** True if something accepts connections at the socket. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
