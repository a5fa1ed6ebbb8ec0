// The options that say how the daemon is reached: its servers, and ctl's side of them.
import type { OptionEntry } from "./options.ts";

/** In the order of the manual. */
export const ACCESS_OPTIONS: readonly OptionEntry[] = [
  {
    section: "unix_http_server",
    key: "file",
    kind: "string",
    default: null,
    doc: "Path of the socket; required.",
  },
  {
    section: "unix_http_server",
    key: "chmod",
    kind: "octal",
    default: "0700",
    doc: "Mode of the socket.",
  },
  {
    section: "unix_http_server",
    key: "chown",
    kind: "user and group",
    default: null,
    doc: "Owner of the socket: user or user:group.",
  },
  {
    section: "unix_http_server",
    key: "username",
    kind: "string",
    default: null,
    doc: "User name that clients must give.",
  },
  {
    section: "unix_http_server",
    key: "password",
    kind: "string",
    default: null,
    doc: "Password, in clear or as {SHA} and 40 hexadecimal digits.",
  },
  {
    section: "inet_http_server",
    key: "port",
    kind: "address",
    default: null,
    doc: "Address to listen on: port, host:port or *:port; required.",
  },
  {
    section: "inet_http_server",
    key: "username",
    kind: "string",
    default: null,
    doc: "User name that clients must give.",
  },
  {
    section: "inet_http_server",
    key: "password",
    kind: "string",
    default: null,
    doc: "Password, in clear or as {SHA} and 40 hexadecimal digits.",
  },
  {
    section: "supervisorctl",
    key: "serverurl",
    kind: "string",
    default: "http://localhost:9001",
    doc: "Where the daemon listens: unix://PATH or http://HOST:PORT.",
  },
  {
    section: "supervisorctl",
    key: "username",
    kind: "string",
    default: null,
    doc: "User name to give to the daemon.",
  },
  {
    section: "supervisorctl",
    key: "password",
    kind: "string",
    default: null,
    doc: "Password to give to the daemon.",
  },
  {
    section: "supervisorctl",
    key: "prompt",
    kind: "string",
    default: "supervisor",
    doc: "Prompt of the interactive shell.",
  },
  {
    section: "supervisorctl",
    key: "history_file",
    kind: "string",
    default: null,
    doc: "File that keeps the shell's history.",
  },
  {
    section: "ctlplugin",
    key: "supervisor.ctl_factory",
    kind: "string",
    default: null,
    doc: "What provides the commands; required.",
  },
];
