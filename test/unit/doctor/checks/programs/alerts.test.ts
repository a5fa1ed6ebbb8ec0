// PROG-029: a receiver of alerts fails.

import { rows } from "../rows.ts";

const NOW = 1_795_737_600_000;
const TEXT = "[supervisord]\nuser=root\n[notify:ops]\non=fatal\nurl_file=/etc/tsv/ops.url\n";
const FAILING = {
  ...{ name: "ops", target: "the URL in /etc/tsv/ops.url", error: "status 500" },
  ...{ sinceMs: NOW - 7_500_000, waiting: 3 },
};

rows("PROG-029", [
  [
    "a receiver that fails, with alerts waiting",
    { text: TEXT, nowMs: NOW, failing: [FAILING] },
    {
      severity: "error",
      subject: "notify:ops",
      symptom: "alert not sent to ops, it is tried again: status 500",
      cause: "This receiver of alerts has taken no message for 2h5m.",
      evidence: ["receiver: the URL in /etc/tsv/ops.url", "3 alerts waiting"],
      section: "notify:ops",
      key: "url_file",
      class: "C",
      commands: ["tsv notify test ops"],
    },
  ],
  [
    "one that the configuration does not have any more, with nothing waiting",
    { text: "", nowMs: NOW, failing: [{ ...FAILING, name: "old", waiting: 0 }] },
    { subject: "notify:old", evidence: ["receiver: the URL in /etc/tsv/ops.url"] },
  ],
  [
    "an answer with control characters",
    { text: TEXT, nowMs: NOW, failing: [{ ...FAILING, error: "exit status 1: \x1b[2J" }] },
    { symptom: /exit status 1: \\x1b\[2J$/ },
  ],
  ["a clock that was set back", { nowMs: 0, failing: [FAILING] }, { cause: /for 0s?\.$/ }],
  ["receivers that work", { text: TEXT, failing: [] }, null],
  ["a daemon that does not report them", { text: TEXT, failing: null }, null],
]);
