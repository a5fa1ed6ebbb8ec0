// A configuration that the daemon refuses to read again. supervisorctl shows the daemon's words; tsv counts the errors.

import type { Complaint } from "../../core/base/complaint.ts";
import { namedFile, refusedConfig } from "../../core/config/lint/check.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-status.ts";

const NO_SECTION = "does not include supervisord section";

/** @param text of the fault */
export async function tellRefusedConfig(context: CommandContext, text: string): Promise<void> {
  context.exitStatus = EXIT.GENERIC;
  const words = text.replace(/^CANT_REREAD: /, "");
  await context.complain(async ({ file }) => {
    const world = createConfigWorld(createAccounts());
    // The daemon may have another one than ctl.
    const files = file === null ? [] : [namedFile(text), file];
    const found = files.flatMap((one) => {
      const refused = one !== null && world.readText(one).ok ? refusedConfig(one, world) : null;
      return refused === null ? [] : [refused];
    });
    // What ctl has read may be a file for clients alone, which the daemon does not mean.
    const isMeant = ({ message }: Complaint): boolean =>
      words.includes(NO_SECTION) || !message.includes(NO_SECTION);
    return found.find(isMeant) ?? { kind: "configuration", message: words, steps: [] };
  });
}
