// Asks whether a program accepts connections on a unix socket.

import { connect } from "node:net";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import { codeOf } from "../error-code.ts";
import { awaitAnswer } from "../files/answers.ts";
import { Lookups } from "../system/accounts.ts";
import type { CheckRun } from "./check-run.ts";
import { failureText, isHostCode } from "./failure-text.ts";

/**
 * Connecting waits for no program, but looking for the path waits for its file system (ADR 9). All checks of a path share
 * one question, so that those of a file system that does not answer do not pile up; its lane limits the threads.
 */
const answering = new Lookups<string, boolean>(awaitAnswer, Number.POSITIVE_INFINITY);

/** Passes when the connection is made. */
export function checkUnix(run: CheckRun, path: string): void {
  // libuv would cut a long path short and connect to another socket.
  if (Buffer.byteLength(path) > longestSocketPath(process.platform)) {
    const timer = setImmediate(() => run.fail("socket path too long"));
    run.hold(() => clearImmediate(timer));
    return;
  }
  run.missing = "no answer from the file system";
  run.isOfHost = true;
  const forget = answering.ask(path, (isAnswering) => {
    run.missing = "no answer";
    run.isOfHost = false;
    if (isAnswering) connectTo(run, path);
    else run.fail("the file system is overloaded", true);
  });
  run.hold(forget);
}

function connectTo(run: CheckRun, path: string): void {
  const socket = connect({ path });
  run.hold(() => socket.destroy());
  socket.on("error", (error) => {
    const code = codeOf(error);
    run.fail(failureText(code), isHostCode(code));
  });
  socket.once("connect", () => run.pass("connected"));
}
