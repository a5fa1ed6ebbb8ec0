// Sends one message to one receiver, in the way that its section says. Each has a limit; nothing waits for it.

import { jsonOf, mailOf, requestOf } from "../../core/alerts/formats.ts";
import type { Message } from "../../core/alerts/message.ts";
import { processKey } from "../../core/base/ids.ts";
import type { Result } from "../../core/base/result.ts";
import { SECOND } from "../../core/base/time.ts";
import type { ReceiverConfig } from "../../core/config/model.ts";
import { environmentStrings, type LaunchContext, planCommand } from "../../core/process/launch.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { shownUrl } from "../../core/redact/variables.ts";
import type { Checker, CheckOutcome, HostCheck } from "../../ports/checker.ts";

export interface DeliveryDeps {
  readonly checker: Checker;
  readonly context: Pick<LaunchContext, "environment" | "softFileLimit">;
  /** The first line of a file that other users cannot read. The error is a clause without its contents. */
  readonly readSecret: (path: string) => Promise<Result<string, string>>;
  /** Null after the limit, in milliseconds. */
  readonly withinLimit: <T>(work: Promise<T>, limitMs: number) => Promise<T | null>;
}

/** Where sendmail is if the PATH of the daemon does not have it, in which this directory is often missing. */
const SENDMAIL = "/usr/sbin/sendmail";
const ENCODER = new TextEncoder();

/** For people. */
export function targetText({ url, urlFile, command, mail }: ReceiverConfig): string {
  if (url !== null) return shownUrl(url);
  if (urlFile !== null) return `the URL in ${urlFile}`;
  if (command !== null) return `command ${redactPatterns(command)}`;
  return `mail to ${(mail ?? []).join(", ")}`;
}

/** @param done called once, later, unless it is cancelled @returns cancels it */
export function deliver(
  deps: DeliveryDeps,
  receiver: ReceiverConfig,
  message: Message,
  done: (outcome: CheckOutcome) => void,
): () => void {
  let isOver = false;
  let cancel = (): void => {};
  const settle = (outcome: CheckOutcome): void => {
    if (isOver) return;
    isOver = true;
    done(outcome);
  };
  const limitMs = receiver.timeout * SECOND;
  void targetOf(deps, receiver, message, limitMs).then((target) => {
    if (isOver) return;
    if (typeof target === "string") return settle({ ok: false, text: target });
    const claim = { program: `notify:${receiver.name}`, uid: receiver.user, isSuspect: false };
    cancel = deps.checker.check(target, limitMs, settle, claim);
  });
  return () => {
    isOver = true;
    cancel();
  };
}

/** What is to be done, or why it cannot be. */
async function targetOf(
  deps: DeliveryDeps,
  receiver: ReceiverConfig,
  message: Message,
  limitMs: number,
): Promise<HostCheck | string> {
  const { command, mail } = receiver;
  if (command !== null) return commandOf(deps, receiver, command, message, jsonOf(message));
  if (mail !== null) {
    const words = ["sendmail", "-i", "--", ...mail].join(" ");
    return commandOf(deps, receiver, words, message, mailOf(message, mail), [SENDMAIL]);
  }
  return await postOf(deps, receiver, message, limitMs);
}

async function postOf(
  deps: DeliveryDeps,
  { url: given, urlFile, tokenFile, format, chat }: ReceiverConfig,
  message: Message,
  limitMs: number,
): Promise<HostCheck | string> {
  const secretOf = async (path: string): Promise<Result<string, string>> => {
    const read = await deps.withinLimit(deps.readSecret(path), limitMs);
    return read ?? { ok: false, error: `the file system of ${path} does not answer` };
  };
  const url = urlFile === null ? null : await secretOf(urlFile);
  if (url?.ok === false) return url.error;
  const token = tokenFile === null ? null : await secretOf(tokenFile);
  if (token?.ok === false) return token.error;
  const address = url?.value ?? given ?? "";
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    return `${urlFile} does not begin with http://HOST or https://HOST`;
  }
  const { type, headers, body } = requestOf(message, format, chat);
  const bearer = token === null ? [] : [["Authorization", `Bearer ${token.value}`] as const];
  const all = [["Content-Type", type] as const, ...headers, ...bearer];
  return { kind: "post", url: address, headers: all, body };
}

/** @param otherwise paths of the command where PATH does not have it */
function commandOf(
  { context }: DeliveryDeps,
  { name, user: uid }: ReceiverConfig,
  command: string,
  message: Message,
  input: string,
  otherwise: readonly string[] = [],
): HostCheck | string {
  const environment = { ...context.environment, ...variablesOf(message) };
  const plan = planCommand({ command, directory: null }, environment, null);
  if (!plan.ok) return plan.error.text;
  const { argv, candidates } = plan.value;
  const others = otherwise.map((path) => ({ path, file: path, shown: path }));
  return {
    kind: "exec",
    command: {
      ...{ argv, candidates: [...candidates, ...others] },
      ...{ key: processKey("notify", name), use: "alert", program: `notify:${name}`, uid },
      ...{ cwd: null, umask: null, softFileLimit: context.softFileLimit },
      env: environmentStrings(environment),
    },
    input: ENCODER.encode(input),
  };
}

function variablesOf({ title, text, receiver, alerts }: Message): Readonly<Record<string, string>> {
  const [first] = alerts;
  return {
    TSV_ALERT_TITLE: title,
    TSV_ALERT_TEXT: text,
    TSV_ALERT_RECEIVER: receiver,
    ...(first === undefined
      ? {}
      : {
          TSV_ALERT_KIND: first.kind,
          TSV_ALERT_STATE: first.state,
          TSV_ALERT_PROGRAM: `${first.group}:${first.program}`,
        }),
  };
}
