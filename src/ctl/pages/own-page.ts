// What the help of a verb of its own says besides what all verbs have in common.

import type { HelpPage, HelpRow } from "../../core/base/help-page.ts";

export interface OwnPage {
  readonly usage: readonly HelpRow[];
  readonly options?: readonly HelpRow[];
  readonly examples: readonly HelpRow[];
  /** Besides those of all verbs. */
  readonly statuses?: HelpPage["statuses"];
  /** More paragraphs. */
  readonly about?: readonly string[];
}
