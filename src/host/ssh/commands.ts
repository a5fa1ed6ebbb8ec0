// Commands that a short-lived command of tsv starts. The kernel kills them when this process dies, however it does.

import type { Reaped } from "../../ports/spawner.ts";
import { createHelpers, type Helpers } from "../processes/helpers.ts";
import { createPipes } from "../processes/pipes.ts";
import { createSpawner } from "../processes/spawner.ts";
import { START, type StartRequest } from "../processes/start-process.ts";
import { LONGEST_TIMEOUT } from "../time/clock.ts";
import { LimitedTask } from "../time/limited-task.ts";

type CommandOutcome = Pick<Reaped, "exitCode" | "signal"> | string | null;

/** A piece is good only during the call. */
interface CommandEvents {
  readonly stdout: (piece: Uint8Array) => void;
  readonly stderr: (piece: Uint8Array) => void;
  /** Called once. A text says why it could not be started; null after `end`. */
  readonly ended: (outcome: CommandOutcome) => void;
}

let helpers: Helpers | null = null;

function sharedHelpers(): Helpers {
  if (helpers !== null) return helpers;
  const pipes = createPipes();
  const made = createHelpers(createSpawner(pipes), pipes);
  process.on("SIGCHLD", () => {
    // Helpers are taken out: there is nothing else.
    for (const _ of made.spawner.reap());
  });
  helpers = made;
  return made;
}

/** Starts a command of $PATH, with nothing on its standard input. @returns kills it, and its process group */
export function startCommand(argv: readonly string[], events: CommandEvents): () => void {
  const [name = ""] = argv;
  const task = new LimitedTask<CommandOutcome>(LONGEST_TIMEOUT, events.ended, () => null);
  const request: StartRequest = {
    file: pathsOf(name),
    argv,
    env: Object.entries(process.env).map(([variable, value]) => `${variable}=${value}`),
    // In a session of its own it cannot ask on the terminal, and Ctrl-C does not reach it.
    flags:
      START.stdinPipe | START.stdoutPipe | START.stderrPipe | START.setsid | START.diesWithParent,
    endsGroup: true,
  };
  sharedHelpers().runCommand(task, request, {
    stdout: events.stdout,
    stderr: events.stderr,
    failed: ({ stage, errno }) =>
      task.settleSoon(
        stage === "find" ? `${name}: command not found` : `${name}: ${stage}: ${errno}`,
      ),
    exited: ({ exitCode, signal }) => task.settleSoon({ exitCode, signal }),
  });
  return () => task.settle(null);
}

function pathsOf(name: string): StartRequest["file"] {
  const directories = (process.env["PATH"] ?? "").split(":").filter((each) => each.startsWith("/"));
  return directories.map((directory) => {
    const file = `${directory}/${name}`;
    return { path: file, file, shown: file };
  });
}
