// Debian's supervisord, started many times by one Python: nine tenths of a start that fails are Python's own.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type Outcome, plainEnvironment } from "../rig/command.ts";
import { ROOT } from "../rig/places.ts";
import type { Rig } from "../rig/rig.ts";

const SCRIPT = join(ROOT, "test/e2e/differential/debian-starts.py");

type Start = Pick<Outcome, "status" | "stdout" | "stderr">;

export class DebianStarts {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  /** It runs in the rig's directory, and ends with the rig at the latest. */
  constructor(rig: Rig) {
    this.#child = spawn("/usr/bin/python3", [SCRIPT], {
      ...{ cwd: rig.directory, env: plainEnvironment(rig.mark) },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts supervisord, which must end. */
  async run(args: readonly string[]): Promise<Start> {
    this.#child.stdin.write(`${JSON.stringify(args)}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`${SCRIPT} ended at ${args.join(" ")}`);
    return JSON.parse(answer.value) as Start;
  }

  end(): void {
    this.#child.stdin.end();
  }
}
