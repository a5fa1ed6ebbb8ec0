// The help of `tsv run`.

import { HELP_OPTION, type HelpPage } from "../core/base/help-page.ts";

export const RUN_PAGE: HelpPage = {
  usage: [
    ["tsv run [options] [procfile]", ""],
    ["tsv run [options] -c <file>", ""],
    ["tsv run [options] [--name <name>] -- <command>", ""],
    ["tsv run [options] --name <name>=<command>...", ""],
  ],
  about: [
    "Run programs in the foreground, with all their output on the terminal, and nothing installed. Without a file, the Procfile, tsv.conf or supervisord.conf of the working directory is run.",
    "Ctrl-C stops the programs in order; a second one kills them. In the same directory, tsv status and the other commands reach the run.",
  ],
  options: [
    ["-c, --config <file>", "run this configuration"],
    ["-f, --procfile <file>", "run this Procfile"],
    ["-m, --formation <numbers>", "how many processes of each type: web=2,worker=3, all=1"],
    [
      "-p, --port <port>",
      "PORT of the first type (PORT or 5000 if absent); each next has 100 more",
    ],
    ["-e, --env <file>", "variables of this file, also several (a Procfile's .env if absent)"],
    ["--name <name>", "name of the command behind --"],
    ["--name <name>=<command>", "run this command of a shell too"],
    ["--format <format>", "lines as prefix (default), plain, json or logfmt"],
    ["--no-time", "no time in front of lines"],
    ["--exit-on <rule>", "end with a program: any (default), exit, fatal, all or never"],
    ["--grace <seconds>", "the longest that stopping may take"],
    HELP_OPTION,
  ],
  examples: [
    ["tsv run", "the Procfile of this directory"],
    ["tsv run -m web=2,worker=3", "with several processes of a type"],
    ["tsv run --exit-on fatal Procfile", "restart what exits"],
    ["tsv run -c supervisord.conf", "a configuration"],
    ["tsv run --name web -- node server.js", "a command"],
    ["tsv run --name web='npm start' --name css='npm run css'", "two commands"],
  ],
  statuses: [
    [0, "success, also after Ctrl-C"],
    ["N", "the program that ended the run has exited with N"],
    [1, "that program was given up after exit 0, or was not ready; or one was not stopped"],
    [2, "usage error, or what is to be run cannot be run"],
    [127, "that program could not be executed"],
    ["128+N", "signal N ended that program, or was the second one to the run"],
  ],
};
