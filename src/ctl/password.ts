// A password that is not on the command line, where every user of the host can read it (proc_pid_cmdline(5)).

import type { CtlOptions } from "../core/config/model.ts";
import type { Terminal } from "../ports/terminal.ts";
import type { CtlSetup } from "./options.ts";

/** Its value is the password, where the command line gives none; it goes before the configuration. */
export const PASSWORD_VARIABLE = "TSV_PASSWORD";

type Setup = Pick<Extract<CtlSetup, { kind: "run" }>, "options" | "asksPassword" | "givesPassword">;

/** What ctl calls with. A person is asked; else `-p -` takes the first line of standard input. */
export async function accessOf(
  { options, asksPassword, givesPassword }: Setup,
  terminal: Pick<Terminal, "stdinIsTty" | "readSecret" | "write">,
  variable: string | undefined,
): Promise<CtlOptions> {
  if (!asksPassword) {
    return givesPassword || variable === undefined ? options : { ...options, password: variable };
  }
  const password = await terminal.readSecret(terminal.stdinIsTty ? "Password:" : "");
  if (terminal.stdinIsTty) terminal.write("\n");
  return { ...options, password };
}
