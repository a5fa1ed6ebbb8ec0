// What to do about a program that does not pass its ready_check or health_check.

import type { CheckTarget } from "../../core/config/value-types.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import { listenerAddress } from "../facts/probe.ts";
import { shellWord, tsvCommand } from "../repairs/commands.ts";
import { type Advice, advise } from "./model.ts";

interface CheckedProgram {
  readonly label: string;
  /** 0 if it does not run. */
  readonly pid: number;
  readonly key: "ready_check" | "health_check";
  /** The last result, at the end of a message. */
  readonly result: string;
}

/** The first step: where the check looks, and what is there. null for a command, which is run by hand. */
export function checkAdvice(
  target: CheckTarget,
  program: CheckedProgram,
  facts: DoctorFacts,
): Advice | null {
  const { key, label } = program;
  switch (target.kind) {
    case "tcp":
      return addressAdvice(target.host, target.port, null, program, facts);
    case "http": {
      const { protocol, hostname, port } = new URL(target.url);
      const number = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
      return addressAdvice(hostname.replace(/^\[|\]$/g, ""), number, target.url, program, facts);
    }
    case "unix": {
      const isThere = facts.probe.look(target.path).ok;
      const what = isThere ? "exists, but does not answer" : "does not exist";
      const text = `${target.path} ${what}: correct ${key}=, or let the program listen there`;
      return advise(text, `ls -l ${shellWord(target.path)}`);
    }
    case "log":
      return advise(
        `It has printed no line with ${target.pattern}: compare its output with ${key}=`,
        tsvCommand(["tail", label], facts),
      );
    case "notify":
      return advise(
        `It has not sent READY=1: check that it supports sd_notify, or use another ${key}=`,
      );
    case "fd":
      return advise(
        `It has written no line to descriptor ${target.fd}: correct ${key}= or the program`,
      );
    case "exec":
      return null;
  }
}

const LOCAL = /^(?:127\.|localhost$|::1$|0\.0\.0\.0$)/;

function addressAdvice(
  host: string,
  port: number,
  url: string | null,
  { pid, key, result }: CheckedProgram,
  { probe }: DoctorFacts,
): Advice {
  const shown = listenerAddress({ address: host, port });
  const isHeard = probe.listeners().some((one) => one.kind === "tcp" && one.port === port);
  const commands =
    url === null
      ? [`ss -ltn 'sport = :${port}'`]
      : redactPatterns(url) === url
        ? [`curl -i ${shellWord(url)}`]
        : [];
  const answer = /\bstatus \d+$/.exec(result)?.[0] ?? null;
  if (answer !== null) {
    const text = `${shown} answered with ${answer}: correct ${key}=, or what the program answers there`;
    return { text, commands: isHeard ? commands : [] };
  }
  if (isHeard || !LOCAL.test(host)) {
    return advise(`See what ${shown} answers: ${key}= asks there`, ...commands);
  }
  const pids = pid > 1 ? [pid, ...(probe.children(pid) ?? [])] : [];
  const own = pids.flatMap((one) => probe.listenersOf(one)).filter(({ kind }) => kind === "tcp");
  const [first] = own;
  const elsewhere = first === undefined ? "" : `; the program listens on ${listenerAddress(first)}`;
  const text = `Nothing listens on ${shown}${elsewhere}: correct ${key}= or the address of the program`;
  return { text, commands };
}
