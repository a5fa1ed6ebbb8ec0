// Whether to trust a listener: while a daemon is down, any user may listen on its port, or on its socket in /tmp.

import { readServerUrl } from "../../core/config/server-address.ts";
import type { Listener, Probe } from "./probe.ts";
import type { ServerQuestion } from "./servers.ts";
import type { KnownProgram, ProgramStatus, ServerAnswer } from "./situation.ts";
import { listenersAt } from "./unix-listeners.ts";

/** What a server said, of which programs, and how it has read them. */
export interface Asked {
  readonly answer: ServerAnswer;
  readonly programs: readonly ProgramStatus[] | null;
  readonly known: readonly KnownProgram[] | null;
}

/** Who runs doctor, and the accounts besides root that are trusted. */
interface Trust {
  readonly asker: number;
  readonly accounts: readonly number[];
}

/** The queries, without passwords if another user's process is listening. */
export function safeQuestions(
  questions: readonly ServerQuestion[],
  { asker, accounts }: Trust,
  probe: Probe,
): readonly ServerQuestion[] {
  return questions.map((question) =>
    isStrangers(question.url, asker, accounts, probe)
      ? { ...question, credentials: null }
      : question,
  );
}

/** The answers, without the programs of servers that are not believed. */
export function believedAnswers(
  answers: readonly Asked[],
  { asker, accounts }: Trust,
  probe: Probe,
): readonly Asked[] {
  return answers.map((one) =>
    isBelieved(one.answer.url, asker, accounts, probe)
      ? one
      : { ...one, programs: null, known: null },
  );
}

/**
 * Whether the listeners at an address belong to root or to trusted accounts.
 * @param url `unix:///path` or `http://host:port`
 * @param asker the user who runs doctor. Only root sees the owners of all sockets, and only root can be tricked into
 * harming others: for other users, an unknown owner does not matter.
 */
export function isBelieved(
  url: string,
  asker: number,
  trusted: readonly number[],
  probe: Probe,
): boolean {
  const listeners = listenersOf(url, probe);
  if (asker === 0 && listeners.length === 0) return false;
  return listeners.every(({ pid }) => {
    const process = pid === null ? null : probe.process(pid);
    if (process === null) return asker !== 0;
    return process.uid === 0 || process.uid === asker || trusted.includes(process.uid);
  });
}

/** Whether an untrusted user listens there, who must not receive passwords. */
export function isStrangers(
  url: string,
  asker: number,
  trusted: readonly number[],
  probe: Probe,
): boolean {
  return listenersOf(url, probe).some(({ pid }) => {
    const uid = pid === null ? null : (probe.process(pid)?.uid ?? null);
    return uid !== null && uid !== 0 && uid !== asker && !trusted.includes(uid);
  });
}

/** All processes that listen on the port, at any address: "localhost" may have several. */
export function listenersOf(url: string, probe: Probe): readonly Listener[] {
  const address = readServerUrl(url);
  if (!address.ok) return [];
  const { value } = address;
  if (value.kind === "unix") return listenersAt(value.path, probe);
  return probe.listeners().filter((one) => one.kind === "tcp" && one.port === value.port);
}
