// A fault of an installed tsv, as an administrator meets it: how the host comes to it, what doctor calls it, whether --fix
// fixes it, and how the host gets well again.

import assert from "node:assert/strict";

/** The installed configuration, with programs that run well. */
export const HEALTHY = `[unix_http_server]
file=/run/tsv/tsv.sock
chmod=0770
chown=root:tsv

[supervisord]
logfile=/var/log/tsv/tsv.log
pidfile=/run/tsv/tsv.pid
childlogdir=/var/log/tsv
user=root

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix:///run/tsv/tsv.sock

[include]
files=/etc/tsv/conf.d/*.conf

[program:web]
command=/usr/bin/sleep 100000
stdout_logfile=/var/log/tsv/web.log
redirect_stderr=true
`;

export interface Fault {
  readonly code: string;
  readonly what: string;
  /** Replaces lines of the healthy configuration, or adds to its end. */
  readonly config?: (text: string) => string;
  /** Done before the configuration is read again. */
  readonly prepare?: string;
  /** How the daemon comes to the fault: by default it reads its configuration again. */
  readonly make?: string;
  /** --fix alone does it; else it takes --yes, or only a person can (null). */
  readonly fixes: "--fix" | "--fix --yes" | null;
  /** What is true when it is fixed. */
  readonly proof?: string;
  /** What brings the host back, beside the healthy configuration. */
  readonly clean?: string;
  /** Where the repair may change something, beside the records of doctor. */
  readonly touches?: RegExp;
}

/** Adds a program x. */
export const program = (lines: string): ((text: string) => string) => {
  return (text) => `${text}\n[program:x]\n${lines}\n`;
};
export const replace = (from: string, to: string): ((text: string) => string) => {
  return (text) => {
    assert.ok(text.includes(from), `the healthy configuration has ${from}`);
    return text.replace(from, to);
  };
};
export const CONFIG = /^\/etc\/tsv\/tsv\.conf /;
/** The records of doctor, and what a daemon that runs changes by itself. */
export const OWN =
  /^\/(?:var\/lib\/tsv\/doctor|var\/lib\/tsv |run\/tsv|var\/log\/tsv\/(?:tsv\.log|x-std))/;
/** The logs of the daemon and of the program that comes and goes. */
export const LOG = /^\/var\/log\/tsv\/(?:tsv\.log |x-std)/;
export const NOTHING = /^$/;
export const RELOAD = "tsv update >/dev/null || true";
