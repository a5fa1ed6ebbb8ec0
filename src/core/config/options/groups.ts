// The options of includes and groups, and those that FastCGI programs and event listeners have in addition to a program's. In
// the order of the manual.

import { type OptionTable, option } from "./entry.ts";

/** [include]. */
export const INCLUDE = {
  files: option("files", "string", null, { isFilled: true, sample: "relative/directory/*.ini" }),
} as const satisfies OptionTable;

/** [group:x]. */
export const GROUP = {
  programs: option("programs", "list", "", { sample: "progname1,progname2" }),
  priority: option("priority", "integer", "999"),
} as const satisfies OptionTable;

/** [fcgi-program:x]. */
export const FCGI = {
  url: option("socket", "string", null, { isFilled: true, sample: "unix:///tmp/fcgi.sock" }),
  backlog: option("socket_backlog", "integer", null, { sample: "128" }),
  owner: option("socket_owner", "user and group", null, {
    invalid: "Invalid socket_owner value",
    sample: "nobody:nogroup",
  }),
  mode: option("socket_mode", "octal", null, {
    invalid: "Invalid socket_mode value",
    sample: "0700",
  }),
} as const satisfies OptionTable;

/** [eventlistener:x]. */
export const LISTENER = {
  events: option("events", "list", "", { sample: "PROCESS_STATE" }),
  bufferSize: option("buffer_size", "integer", "10"),
  resultHandler: option("result_handler", "string", "supervisor.dispatchers:default_handler"),
  priority: option("priority", "integer", "-1"),
} as const satisfies OptionTable;
