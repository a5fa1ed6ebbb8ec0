// Another user of the host, who does things by programs of their own: for tests that run as root.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

/** The account "nobody" of Debian. */
export const NOBODY = 65534;

/** The reason to skip a test that needs another user, or false. */
export const withoutStranger: string | false =
  process.geteuid?.() === 0 ? false : "needs root, to act as another user";

export interface Stranger {
  readonly pid: number;
  /** Ends the program. */
  end(): Promise<void>;
  /** The next line that it prints; null when it has ended. */
  line(): Promise<string | null>;
}

/** Runs a shell script as a user until the test is over. @returns once it has printed a line, "ready" or what went wrong */
export async function asStranger(t: TestContext, script: string, uid = NOBODY): Promise<Stranger> {
  return await start(t, ["sh", "-c", script], uid);
}

/** The same in Python. */
export async function asPython(t: TestContext, script: string, uid = NOBODY): Promise<Stranger> {
  return await start(t, ["python3", "-c", script], uid);
}

/** Holds the flock on a file, opened for reading only. */
export async function holdLock(t: TestContext, path: string, uid = NOBODY): Promise<Stranger> {
  return await asPython(
    t,
    `import fcntl, signal
f = open(${JSON.stringify(path)})
fcntl.flock(f, fcntl.LOCK_EX)
print("ready", flush=True)
signal.pause()`,
    uid,
  );
}

async function start(t: TestContext, argv: readonly string[], uid: number): Promise<Stranger> {
  const [file = "", ...words] = argv;
  const child = spawn(file, words, {
    ...{ uid, gid: uid, cwd: "/", stdio: ["ignore", "pipe", "pipe"] },
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  // What reaps children in this process may take its exit; its output says as well that it has ended.
  child.unref();
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string | null> => {
    const next = await lines.next();
    return next.done === true ? null : String(next.value);
  };
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  const closed = once(child.stdout, "close");
  const complained = once(child.stderr, "close");
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  t.after(end);
  const first = await line();
  if (first !== "ready") {
    await end();
    await complained;
    throw new Error(`the stranger said ${first}; ${complaints}`);
  }
  return { pid: child.pid ?? 0, end, line };
}

/** What a stranger may leave at the path $P, by a shell script. */
export const LURES: Readonly<Record<string, string>> = {
  "a locked file": "echo 1 > $P; exec 9<$P; flock 9",
  "a file with data": "echo precious > $P",
  "an empty file": ": > $P",
  "a link to root's file": "ln -s /etc/passwd $P",
  "a dangling link": "ln -s /nowhere/at/all $P",
  "a pipe": "mkfifo $P",
  "an empty directory": "mkdir $P",
  "a directory with something in it": "mkdir $P; echo precious > $P/data",
};
