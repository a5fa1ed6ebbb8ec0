// supervisor.* that add groups of the configuration to the daemon and remove them.

import { type Method, method } from "../method.ts";
import { named } from "../namespec.ts";
import { text } from "../params.ts";

/** The methods of this area. */
export const GROUP_METHODS: readonly Method[] = [
  method({
    name: "addProcessGroup",
    params: [text("name")],
    returns: "boolean",
    permission: "configure",
    help:
      "Activates a group of the configuration as last read, and starts its programs that have autostart. " +
      "Faults: ALREADY_ADDED, BAD_NAME.",
    run: ({ supervisor }, [name]) => named(supervisor.addGroup(name), name),
  }),
  method({
    name: "removeProcessGroup",
    params: [text("name")],
    returns: "boolean",
    permission: "configure",
    help: "Removes a group whose programs are all stopped. Faults: STILL_RUNNING, BAD_NAME.",
    run: ({ supervisor }, [name]) => named(supervisor.removeGroup(name), name),
  }),
];
