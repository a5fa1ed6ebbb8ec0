// From the command line and the configuration file to what a session needs. Parsing itself is core's.

import { parseCtlArguments } from "../core/command-line/arguments.ts";
import type { CtlOptions } from "../core/config/model.ts";
import { readCtlConfig } from "../core/config/read.ts";
import type { ConfigWorld } from "../core/config/world.ts";

/** What the command line came to. */
export type CtlSetup =
  | {
      readonly kind: "run";
      readonly options: CtlOptions;
      readonly interactive: boolean;
      readonly words: readonly string[];
      /** `-p -`: the password is to be read from standard input. */
      readonly asksPassword: boolean;
      /** The command line has a password. */
      readonly givesPassword: boolean;
    }
  | { readonly kind: "help" }
  /** `text` is a sentence for people; the exit status is 2. */
  | { readonly kind: "error"; readonly text: string };

/**
 * Reads supervisorctl's arguments, then the `[supervisorctl]` section they point to.
 * @param argv the program as it was called (configurations are searched for beside it), then the words
 */
export function readSetup(argv: readonly string[], world: ConfigWorld): CtlSetup {
  const parsed = parseCtlArguments(argv, world);
  if (!parsed.ok) return { kind: "error", text: parsed.error };
  if (parsed.value.kind !== "run") return { kind: "help" };
  const { args } = parsed.value;
  const config = readCtlConfig(args, world);
  if (!config.ok) return { kind: "error", text: config.error.text };
  return {
    kind: "run",
    options: config.value,
    interactive: args.interactive,
    words: args.words,
    asksPassword: args.password === "-",
    givesPassword: args.password !== null,
  };
}
