// Protocol of the dry run of an upgrade: the verb that asks an executable whether it can replace the daemon, and its answer,
// one line of JSON on standard output.

/** Internal verb of tsv; other programs have none of that name. */
export const DRY_RUN_VERB = "dry-run-upgrade";

/** Argument: do not read the configuration, because the executable is the running version. */
export const SNAPSHOT_ONLY = "--snapshot-only";

/** The descriptor of the snapshot. */
export const SNAPSHOT_FD = 3;

interface DryRunAnswer {
  /** The version of tsv. */
  readonly tsv: string;
  /** Why it cannot replace the daemon; null if it can. */
  readonly problem: string | null;
}

export function dryRunLine(answer: DryRunAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** @returns null for the output of another program */
export function readDryRun(output: string): DryRunAnswer | null {
  try {
    const { tsv, problem } = JSON.parse(output) as Partial<DryRunAnswer>;
    const isAnswer = typeof tsv === "string" && (problem === null || typeof problem === "string");
    return isAnswer ? { tsv, problem } : null;
  } catch {
    return null;
  }
}
