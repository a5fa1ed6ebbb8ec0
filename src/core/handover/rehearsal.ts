// The answer of an executable to a dry run of an upgrade: one line of JSON on its standard output.

/** The verb of tsv that asks. No user needs it, and other programs have none of that name. */
export const REHEARSE_VERB = "rehearse-upgrade";

/** Behind the verb: the configuration does not matter, because what it is to take over from is the same version. */
export const REHEARSE_STATE = "--state-only";

/** The descriptor at which it finds the document. */
export const REHEARSE_FD = 3;

interface RehearsalAnswer {
  /** tsv's version. */
  readonly tsv: string;
  /** Why it could not; null when it could. */
  readonly problem: string | null;
}

export function rehearsalLine(answer: RehearsalAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** Null for what is no answer. */
export function readRehearsal(output: string): RehearsalAnswer | null {
  try {
    const { tsv, problem } = JSON.parse(output) as Partial<RehearsalAnswer>;
    const isAnswer = typeof tsv === "string" && (problem === null || typeof problem === "string");
    return isAnswer ? { tsv, problem } : null;
  } catch {
    return null;
  }
}
