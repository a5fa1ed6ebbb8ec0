// The shell on a terminal: the same keys typed at both, the same lines on the screen.

import { readFileSync } from "node:fs";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "../rig/implementation.ts";
import { BASE, type Rig } from "../rig/rig.ts";
import { Typist } from "../rig/typist.ts";
import { waitForText } from "../rig/watch.ts";
import { normaliseText } from "./normalise.ts";
import { comparison } from "./run.ts";
import { particulars } from "./session.ts";

const CONFIG = `${BASE}history_file=%(here)s/history

[program:solo]
command=/bin/sh -c "echo solo is up; exec cat"
stdout_logfile=%(here)s/solo.log

[program:off]
command=/bin/sleep 1000
autostart=false
startsecs=0

[program:web]
command=/bin/sleep 1000
process_name=w_%(process_num)d
numprocs=2
startsecs=0

[program:café-größe]
command=/bin/sleep 1000
startsecs=0
`;

/** Lines that end with the prompt again. */
const LINES = [
  "",
  "   ",
  "version",
  "  version  ",
  "help",
  "?",
  "help nope",
  "? nope",
  "nonsense",
  "Status",
  "!ls",
  "-x",
  "status web:*",
  "status nope solo",
  "status café-größe",
  "status-x",
  "start off",
  "start off",
  "stop off off",
  "restart off",
  "start nope:*",
  "signal HUP nope",
  "signal NOSUCH solo",
  "clear off",
  "pid off nope",
  "tail solo",
  "tail -3 solo",
  "tail solo stderr",
  "tail nope",
  "tail solo nope",
  "tail -f nope",
  "maintail x",
  "avail",
  "reread",
  "update",
  "update nope",
  "add web nope",
  "remove web nope",
  "fg nope",
  "fg off solo",
  "stop off",
  "fg off",
  "open ftp://x",
  "open unix://@SOCKET@",
];

/** Keys, and the line that they leave before the cursor. */
const KEYS: readonly (readonly [keys: string, line: RegExp])[] = [
  ["ver\t", /> version $/],
  ["\tx", /x$/],
  ["sta\tt\t", /> status $/],
  ["shu\t", /> shutdown $/],
  ["help rest\t", /> help restart $/],
  ["?rest\t", /restart $/],
  ["start so\t", /> start solo $/],
  ["start web\t", /> start web:$/],
  ["start web:w_1\t", /> start web:w_1 $/],
  ["start web:w\t1\t", /> start web:w_1 $/],
  ["stop web:*\t", /web:\* $/],
  ["restart solo of\t", /> restart solo off $/],
  ["status solo:\ts\t", /> status solo:solo $/],
  ["pid of\t", /> pid off $/],
  ["clear caf\t", /> clear café-größe $/],
  ["fg so\t", /> fg solo $/],
  ["tail so\t", /> tail solo $/],
  ["remove we\t", /> remove web $/],
  ["update of\t", /> update off $/],
  ["start nope\t!", /> start nope!$/],
  ["versoin\u001b[D\u001b[D\u0008\u001b[Co\u001b[D\u001b[C\u0005!", /!$/],
  ["version\u0001x\u0005y", /> xversiony$/],
  ["abc def\u0017ghi", /> abc ghi$/],
  ["abc def\u0001\u000bxyz", /> xyz$/],
  ["a\u0009b\u007f\u007fc", /c$/],
  ["größe\u001b[D\u001b[D\u001b[D\u007fo\u0005|", /\|$/],
  [`${"long ".repeat(30)}end`, /end$/],
];

const PROMPT = /^supervisor> $/;

class Observation {
  readonly rows = new Map<string, string>();
  readonly socket: string;
  readonly #tidy: (text: string) => string;

  constructor(socket: string, tidy: (text: string) => string) {
    this.socket = socket;
    this.#tidy = tidy;
  }

  /** Records each line as a row. */
  lines(title: string, lines: readonly string[]): void {
    for (const [index, line] of lines.entries()) {
      this.rows.set(`${title}: line ${index + 1}`, this.#tidy(line));
    }
  }

  row(title: string, text: string): void {
    this.rows.set(title, this.#tidy(text));
  }
}

/** Types a line and records what is shown until the prompt comes back. */
async function typeLine(typist: Typist, seen: Observation, line: string): Promise<void> {
  const { row } = typist.screen;
  typist.type(`${line.replace("@SOCKET@", seen.socket)}\r`);
  await typist.until(
    () => typist.screen.row > row && PROMPT.test(typist.screen.lineBeforeCursor()),
    `the prompt after ${line}`,
  );
  let title = line;
  for (let n = 2; seen.rows.has(`${title}: line 1`); n += 1) title = `${line} (${n})`;
  const help = /^(?:Error: |ERROR: .* supplied)/;
  const lines = typist.screen.lines(row);
  const error = lines.findIndex((one) => help.test(one));
  seen.lines(title, error < 0 ? lines : lines.slice(0, error + 1));
}

async function typeKeys(typist: Typist, seen: Observation): Promise<void> {
  for (const [keys, line] of KEYS) {
    typist.type(keys);
    await typist.cursorAfter(line);
    seen.row(`keys ${JSON.stringify(keys)}`, typist.screen.lineBeforeCursor());
    typist.type("\u0005\u0015");
    await typist.cursorAfter(PROMPT);
  }
  for (const keys of ["sta", "start web:", "status "]) {
    const { row } = typist.screen;
    typist.type(`${keys}\t\t`);
    const again = (): boolean =>
      typist.screen.row > row && typist.screen.lineBeforeCursor() === `supervisor> ${keys}`;
    await typist.until(again, `the list after ${keys}`);
    const words = typist.screen
      .lines(row + 1)
      .slice(0, -1)
      .join(" ")
      .trim()
      .split(/\s+/);
    seen.row(`choices of ${keys}`, words.sort().join(" "));
    typist.type("\u0015");
    await typist.cursorAfter(PROMPT);
  }
}

async function leave(
  typist: Typist,
  seen: Observation,
  how: { readonly title: string; readonly keys: string },
): Promise<void> {
  const { row } = typist.screen;
  typist.type(how.keys);
  const status = await typist.ended();
  seen.lines(how.title, typist.screen.lines(row));
  seen.row(`${how.title}: status`, String(status));
}

async function observe(rig: Rig, kind: Implementation): Promise<ReadonlyMap<string, string>> {
  rig.write("d.conf", CONFIG);
  const daemon = await rig.start({ implementation: kind });
  await daemon.logged(/success: /, 4);
  await waitForText(rig.path("solo.log"), /solo is up/);
  const both = [DEBIAN, TSV_BY_NAME].map((each) => particulars(rig, each, daemon.pid));
  const own = { ...particulars(rig, kind, daemon.pid), programs: both.flatMap((b) => b.programs) };
  const seen = new Observation(rig.path("d.sock"), (text) =>
    normaliseText(text, own).replace(/^[1-9]\d+$/, "<pid>"),
  );
  const open = async (title: string): Promise<Typist> => {
    const argv = [kind.path("supervisorctl"), "-c", rig.path("d.conf")];
    const typist = new Typist(argv, { cwd: rig.directory, mark: rig.mark, env: { NO_COLOR: "1" } });
    await typist.cursorAfter(PROMPT);
    seen.lines(title, typist.screen.lines());
    return typist;
  };

  const first = await open("begin");
  for (const line of LINES) {
    await typeLine(first, seen, line);
  }
  await typeKeys(first, seen);
  first.type("tail -f solo\r");
  await first.shows(/^solo is up$/, first.screen.row);
  first.type("\u0003");
  await first.cursorAfter(PROMPT);
  first.type("shutdown\r");
  await first.cursorAfter(/y\/N\? $/);
  await typeLine(first, seen, "n");
  await typeLine(first, seen, "status off");
  await leave(first, seen, { title: "Ctrl-D", keys: "\u0004" });
  seen.row("history", readFileSync(rig.path("history"), "utf8"));

  const second = await open("begin again");
  second.type("\u001b[A");
  await second.cursorAfter(/> status off$/);
  seen.row("Up", second.screen.lineBeforeCursor());
  // Ctrl-C is not compared: Python overlooks one that comes while it draws.
  await leave(second, seen, { title: "exit after Up", keys: "\u0015exit\r" });
  await leave(await open("begin a third time"), seen, { title: "exit", keys: "exit\r" });
  await leave(await open("begin a fourth time"), seen, { title: "quit", keys: "quit\r" });
  return seen.rows;
}

comparison("shell", observe, ["ctl-completion", "history-file"]);
