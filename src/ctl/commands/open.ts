// open: talks to another server from here on (in the shell), and shows its status.

import type { Command } from "../context.ts";
import { status } from "./status.ts";

export const open: Command = {
  name: "open",
  usage: [
    ["open <url>", "Connect to another supervisord: http://host:port or unix:///path/to/socket"],
  ],
  run: async (context, argument) => {
    if (!/^(unix|http):/i.test(argument)) {
      context.fail("ERROR: url must be http:// or unix://");
      return;
    }
    context.openServer(argument);
    const before = context.exitStatus;
    await status.run(context, "");
    context.exitStatus = before;
  },
};
