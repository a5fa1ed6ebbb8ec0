// A row of the table of verbs.

import type { Complaint } from "../core/base/complaint.ts";
import type { HelpPage, HelpRow } from "../core/base/help-page.ts";
import type { CommandContext } from "./context.ts";
import type { VerbArguments, VerbSyntax } from "./verb-arguments.ts";

/** A verb. */
export interface VerbRow extends VerbSyntax {
  /** Absent for that of the list of verbs. */
  readonly usage?: readonly HelpRow[];
  /** Paragraphs of help after the summary. */
  readonly about?: readonly string[];
  readonly examples: readonly HelpRow[];
  /** Besides those of all verbs. */
  readonly statuses?: HelpPage["statuses"];
  /** Checks the options before the daemon is asked. @returns the error, or null */
  readonly problem?: (given: VerbArguments) => Promise<Omit<Complaint, "kind"> | null>;
  readonly run?: (
    context: CommandContext,
    words: readonly string[],
    given: VerbArguments,
  ) => Promise<void>;
}
