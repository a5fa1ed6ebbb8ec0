// The command line of `tsv mcp`, and its help.

import { HELP_OPTION, type HelpPage } from "../core/base/help-page.ts";
import { err, ok, type Result } from "../core/base/result.ts";
import { COMMON_OPTIONS, parseVerbArguments, type VerbOption } from "../ctl/verb-arguments.ts";
import { ALLOWED, type Allowed } from "./tools.ts";

const ALLOW: VerbOption = [
  "--allow <permission>",
  "also offer tools that act: control (start, stop, signal, clear logs) or configure (all of that, apply, and secrets in environments)",
  () => null,
];
/** Standard input is the assistant's: no password can be typed there. */
const SHOWN = [ALLOW, ...COMMON_OPTIONS].map(([term, meaning]) => {
  return [term, meaning.replace("; - prompts for it", ", or that of TSV_PASSWORD")] as const;
});

export const PAGE: HelpPage = {
  usage: [["tsv mcp [options]", ""]],
  about: [
    "Offer the programs of a daemon to an assistant, over the Model Context Protocol on standard input and output. An assistant runs this command by itself: enter it into its configuration.",
    "Without --allow, its tools only read. Use a user with a role (docs/access.md) to limit it to some programs.",
  ],
  options: [...SHOWN, HELP_OPTION],
  examples: [
    ["tsv mcp", "look at states, logs and histories"],
    ["tsv mcp --allow control", "start and stop programs, too"],
    ["TSV_PASSWORD=… tsv mcp -u ann", "as the user ann"],
  ],
  statuses: [
    [0, "the assistant has closed standard input"],
    [1, "the daemon cannot be asked"],
    [2, "usage error, or the configuration cannot be used"],
  ],
};

/** The arguments of `tsv mcp`. */
interface McpArguments {
  readonly allowed: Allowed;
  /** Of the daemon, in the form that supervisorctl takes. */
  readonly ctlArguments: readonly string[];
}

/** The error is a sentence. */
export function parseMcp(argv: readonly string[]): Result<McpArguments | "help", string> {
  const parsed = parseVerbArguments("mcp", { options: [ALLOW], isInteractive: true }, argv);
  if (!parsed.ok) return err(parsed.error.message);
  const { help, options, words, ctlArguments } = parsed.value;
  if (help) return ok("help");
  const [word] = words;
  if (word !== undefined) return err(`mcp takes no names, and was given '${word}'`);
  const allowed = allowedBy(options);
  if (allowed === null) return err("option --allow takes control or configure");
  return ok({ allowed, ctlArguments });
}

/** @param options as given: the option and its value, or both in one word @returns null for another value */
function allowedBy(options: readonly string[]): Allowed | null {
  if (options.length === 0) return "read";
  const value = options.join("=").replace(/^.*=/, "");
  return ALLOWED.find((each) => each === value) ?? null;
}
