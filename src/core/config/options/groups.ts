// The options of includes and groups, and those that FastCGI programs and event listeners have in addition to a program's. In
// the order of the manual.

import type { OptionTable } from "./entry.ts";

/** [include]. */
export const INCLUDE = {
  files: {
    key: "files",
    kind: "string",
    isFilled: true,
    sample: "relative/directory/*.ini",
    doc: "Further files to read: patterns separated by blanks, relative to this file; required.",
  },
} as const satisfies OptionTable;

/** [group:x]. */
export const GROUP = {
  programs: {
    key: "programs",
    kind: "list",
    default: "",
    sample: "progname1,progname2",
    doc: "Members, separated by commas: names of programs and FastCGI programs.",
  },
  priority: {
    key: "priority",
    kind: "integer",
    default: "999",
    doc: "Lower starts earlier and stops later.",
  },
} as const satisfies OptionTable;

/** [fcgi-program:x]. */
export const FCGI = {
  url: {
    key: "socket",
    kind: "string",
    isFilled: true,
    sample: "unix:///tmp/fcgi.sock",
    doc: "Socket that the processes share: unix:///PATH or tcp://HOST:PORT; required.",
  },
  backlog: {
    key: "socket_backlog",
    kind: "integer",
    sample: "128",
    doc: "Length of the queue of connections, 1 to 65535.",
  },
  owner: {
    key: "socket_owner",
    kind: "user and group",
    invalid: "Invalid socket_owner value",
    sample: "nobody:nogroup",
    doc: "Owner of a unix socket: user or user:group.",
  },
  mode: {
    key: "socket_mode",
    kind: "octal",
    invalid: "Invalid socket_mode value",
    sample: "0700",
    doc: "Mode of a unix socket; 0700 if not given.",
  },
} as const satisfies OptionTable;

/** [eventlistener:x]. */
export const LISTENER = {
  events: {
    key: "events",
    kind: "list",
    default: "",
    sample: "PROCESS_STATE",
    doc: "Event types to receive, separated by commas; required.",
  },
  bufferSize: {
    key: "buffer_size",
    kind: "integer",
    default: "10",
    doc: "Events that wait for a listener before the oldest is dropped.",
  },
  resultHandler: {
    key: "result_handler",
    kind: "string",
    default: "supervisor.dispatchers:default_handler",
    doc: "Handler of the listeners' results.",
  },
  priority: {
    key: "priority",
    kind: "integer",
    default: "-1",
    doc: "Lower starts earlier and stops later.",
  },
} as const satisfies OptionTable;
