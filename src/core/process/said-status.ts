// What a program says itself of its state (STATUS= and STOPPING=1 of sd_notify), for clients.

import type { ProcessState } from "./model.ts";

/** What a program has said last of this run. */
export interface SaidStatus {
  /** One printable line; empty for none. */
  readonly text: string;
  readonly isStopping: boolean;
}

/** Characters of a description, so that it fits a terminal. */
const LONGEST_DESCRIPTION = 80;

/** The description of a program with the status behind it. */
export function saidDescription(
  plain: string,
  { phase }: ProcessState,
  { text }: SaidStatus,
): string {
  if (text === "" || !("pid" in phase) || phase.kind === "UNKNOWN") return plain;
  if (plain === "") return shortened(text, LONGEST_DESCRIPTION);
  const room = LONGEST_DESCRIPTION - plain.length - 2;
  return room < 8 ? plain : `${plain}, ${shortened(text, room)}`;
}

/** The same for `tsv why`. */
export function saidText({ text, isStopping }: SaidStatus): string {
  if (!isStopping) return text;
  return text === "" ? "stopping" : `stopping: ${text}`;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
