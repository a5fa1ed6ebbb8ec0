// A supervisor that answers calls from a table, and a terminal that records its output.

import { err, ok } from "../../src/core/base/result.ts";
import { FAULT_CODES, type FaultName } from "../../src/core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../src/core/xmlrpc/value.ts";
import type { CallResult, CtlClient, MethodCall } from "../../src/ctl/client.ts";
import { CommandContext } from "../../src/ctl/context.ts";
import type { CallFailure } from "../../src/ctl/failure.ts";
import { createLineReporter } from "../../src/ctl/report.ts";
import type { StartPause } from "../../src/ports/clock.ts";
import type { HttpStream, StreamEnd } from "../../src/ports/http-client.ts";
import type { Terminal } from "../../src/ports/terminal.ts";

type Answer = CallResult | ((params: readonly XmlRpcValue[]) => CallResult);

export interface FakeClient extends CtlClient {
  /** `method(param, …)` of every call but the version check. */
  readonly calls: string[];
}

/** A fault as a supervisor answers it. */
export function faultAnswer(name: FaultName, detail?: string): CallResult {
  const text = detail === undefined ? name : `${name}: ${detail}`;
  return err({ kind: "fault", code: FAULT_CODES[name], text });
}

/** A connection that cannot be made. */
export function noConnection(code: string): CallResult {
  return err({ kind: "connection", failure: { code, message: code } });
}

/** Answers by method name without `supervisor.`; what is not in the table is an unknown method. */
export function createFakeClient(answers: Readonly<Record<string, Answer>>): FakeClient {
  const calls: string[] = [];
  const table: Readonly<Record<string, Answer>> = { getVersion: ok("3.0"), ...answers };
  const call = async (method: string, params: readonly XmlRpcValue[] = []): Promise<CallResult> => {
    const name = method.replace("supervisor.", "");
    if (name !== "getVersion") calls.push(`${name}(${params.join(", ")})`);
    const answer = table[name] ?? faultAnswer("UNKNOWN_METHOD");
    return typeof answer === "function" ? answer(params) : answer;
  };
  return {
    calls,
    call,
    query: (batch: readonly MethodCall[]) =>
      Promise.all(batch.map(({ method, params }) => call(method, params))),
    follow: () => {
      const failure: CallFailure = { kind: "other", exception: "ValueError", text: "no streams" };
      return err(failure);
    },
    close: () => undefined,
  };
}

/** A stream that begins when its reader waits. @param begin fills it; "open" until it is closed */
export function fakeStream(begin: (isClosed: () => boolean) => StreamEnd | "open"): HttpStream {
  let isClosed = false;
  let close: () => void = () => undefined;
  const ended = new Promise<StreamEnd>((resolve) => {
    close = () => {
      isClosed = true;
      resolve({ kind: "closed" });
    };
    queueMicrotask(() => {
      const end = begin(() => isClosed);
      if (end !== "open") resolve(end);
    });
  });
  return { ended, close: () => close() };
}

export interface FakeTerminal extends Terminal {
  readonly written: () => string;
  readonly errors: () => string;
  /** Ctrl-C. */
  readonly interrupt: () => void;
}

/** A terminal whose user types `lines`. */
export function createFakeTerminal(lines: readonly string[] = []): FakeTerminal {
  const queue = [...lines];
  const onInterrupt: (() => void)[] = [];
  let out = "";
  let errors = "";
  const read = async (prompt: string): Promise<string | null> => {
    out += prompt;
    return queue.shift() ?? null;
  };
  return {
    stdinIsTty: false,
    stdoutIsTty: false,
    stderrIsTty: false,
    colours: false,
    size: () => null,
    write: (data) => {
      out += typeof data === "string" ? data : new TextDecoder().decode(data);
    },
    writeError: (text) => {
      errors += text;
    },
    replaceLine: () => undefined,
    outputFailure: () => null,
    onOutputClosed: () => () => undefined,
    onInterrupt: (callback) => {
      onInterrupt.push(callback);
      return () => undefined;
    },
    onHangup: () => () => undefined,
    readLine: read,
    readSecret: read,
    openEditor: async () => ({
      readLine: read,
      typed: () => lines.slice(0, lines.length - queue.length),
      close: () => undefined,
    }),
    openKeys: async () => null,
    close: () => undefined,
    written: () => out,
    errors: () => errors,
    interrupt: () => onInterrupt.at(-1)?.(),
  };
}

/** The surroundings of a command, with everything it wrote. */
export function createFakeContext(
  client: CtlClient,
  options: {
    readonly interactive?: boolean;
    readonly lines?: readonly string[];
    readonly isOwn?: boolean;
    readonly terminal?: FakeTerminal;
    readonly startPause?: StartPause;
  } = {},
): { readonly context: CommandContext; readonly terminal: FakeTerminal } {
  const terminal = options.terminal ?? createFakeTerminal(options.lines);
  const context = new CommandContext({
    client,
    terminal,
    report: createLineReporter(terminal, false),
    interactive: options.interactive ?? false,
    isOwn: options.isOwn ?? false,
    access: () => ({ serverUrl: "unix:///s", username: null, password: null }),
    openServer: () => undefined,
    startPause:
      options.startPause ?? (() => ({ over: Promise.resolve(), cancel: () => undefined })),
    explainer: null,
  });
  return { context, terminal };
}
