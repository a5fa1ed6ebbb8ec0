// Events as listeners get them: headers and payloads of every type, in order, from both daemons.

import { statSync } from "node:fs";
import { pool, type RecordedEvent, recorded, waitForEvents } from "../events/records.ts";
import { CHILD } from "../rig/places.ts";
import { compareDaemons } from "./run.ts";
import type { Session } from "./session.ts";

const ALL =
  "PROCESS_STATE,PROCESS_LOG,PROCESS_COMMUNICATION,REMOTE_COMMUNICATION,SUPERVISOR_STATE_CHANGE,PROCESS_GROUP";

/** Pids and times are chance; everything else is not, the serials included. */
function plain(text: string): string {
  return text.replace(/\bpid:[1-9]\d*/g, "pid:<pid>").replace(/^when:\d+$/, "when:<seconds>");
}

/** The header with the length that it would have if pids had no digits: some have more than others. */
function plainHeader({ header, payload }: RecordedEvent): string {
  const characters = [...payload].length;
  const digits = /\bpid:([1-9]\d*)/.exec(payload)?.[1]?.length ?? 0;
  return header.replace(/ len:(\d+)$/, (whole, length: string) =>
    Number(length) === characters ? ` len:${characters - digits}` : `${whole}, which is wrong`,
  );
}

/** One row for each event. */
function recordEvents(session: Session, name: string): void {
  const events = recorded(session.rig.path(`${name}.events`));
  session.record(`${name}: events`, String(events.length));
  for (const [index, event] of events.entries()) {
    session.record(`${name}: header ${index}`, plainHeader(event));
    session.record(`${name}: payload ${index}`, plain(event.payload));
  }
}

/** Waits until the listener has the event that the last step led to. */
async function until(session: Session, name: string, text: string, times = 1): Promise<void> {
  await waitForEvents(
    session.rig.path(`${name}.events`),
    ({ header, payload }) => `${header}\n${payload}`.includes(text),
    JSON.stringify(text),
    times,
  );
}

/** Sends a remote event and waits for it, so that all before it is there too. */
async function mark(session: Session, text: string): Promise<void> {
  await session.daemon.ask("sendRemoteCommEvent", "mark", text);
  await until(session, "all", `type:mark\n${text}`);
}

compareDaemons({
  name: "events",
  config: `
${pool("all", ALL, "ok", "buffer_size=100\npriority=-3")}
${pool("exits", "PROCESS_STATE_EXITED,PROCESS_GROUP_REMOVED", "ok", "priority=-2\nautostart=false")}

[program:talker]
command=${CHILD}
startsecs=0
autostart=false
autorestart=false
exitcodes=0,5
stdout_events_enabled=true
stderr_events_enabled=true

[program:catcher]
command=${CHILD}
startsecs=0
autostart=false
stdout_capture_maxbytes=1MB
stderr_capture_maxbytes=1MB

[program:dying]
command=sh -c 'exit 1'
startsecs=600
startretries=1
autostart=false

[program:a]
command=sleep 1000
startsecs=1
autostart=false

[program:b]
command=sleep 1000
startsecs=0
autostart=false

[group:both]
programs=a,b
`,
  async steps(session) {
    const { daemon } = session;
    const say = (name: string, line: string): Promise<unknown> =>
      daemon.ask("sendProcessStdin", name, `${line}\n`);
    await until(session, "all", "processname:all groupname:all from_state:STARTING pid:");
    await daemon.ask("startProcess", "exits");
    await mark(session, "begin");

    await daemon.ask("startProcess", "talker");
    await mark(session, "started");
    for (const [line, shows] of [
      ["echo hello", "channel:stdout\nhello\n"],
      ["echo oops >&2", "channel:stderr\noops\n"],
      ["printf 'caf\\303\\251 \\360\\237\\230\\200'", "channel:stdout\ncaf\u00e9 \u{1f600}"],
      ["printf '\\377\\376'", "channel:stdout\nUndecodable: "],
      ["printf 'a\\nb: c\\n\\n'", "channel:stdout\na\nb: c\n\n"],
    ] as const) {
      await say("talker", line);
      await until(session, "all", shows);
    }
    await say("talker", "exit 5");
    await until(session, "exits", "processname:talker");
    await daemon.ask("startProcess", "talker");
    await say("talker", "exit 4");
    await until(session, "exits", "processname:talker", 2);
    await daemon.ask("startProcess", "talker");
    await daemon.ask("stopProcess", "talker");
    await mark(session, "talked");

    await daemon.ask("startProcess", "catcher");
    const tagged = (text: string): string =>
      `printf '%s' '<!--XSUPERVISOR:BEGIN-->${text}<!--XSUPERVISOR:END--> and more text than a token has'`;
    await say("catcher", tagged("captured: \u00fc"));
    await until(session, "all", "captured: \u00fc");
    await say("catcher", `${tagged("on stderr")} >&2`);
    await until(session, "all", "on stderr");
    await say("catcher", tagged(""));
    await until(session, "all", "eventname:PROCESS_COMMUNICATION_STDOUT", 2);
    await daemon.ask("stopProcess", "catcher");

    await daemon.call("supervisor.startProcess", "dying");
    await until(session, "all", "processname:dying groupname:dying from_state:BACKOFF", 2);
    await mark(session, "failed");

    await daemon.ask("startProcess", "both:a");
    await daemon.ask("startProcess", "both:b");
    await daemon.ask("stopProcess", "both:a");
    await daemon.ask("stopProcess", "both:b");
    await daemon.ask("sendRemoteCommEvent", "", "");
    await daemon.ask("sendRemoteCommEvent", "t\u00fcpe with blanks", "line\nline \u{1f600}\n");
    await mark(session, "sent");

    await daemon.ask("removeProcessGroup", "both");
    await daemon.ask("addProcessGroup", "both");
    await daemon.ask("removeProcessGroup", "both");
    await mark(session, "removed");
    await until(session, "exits", "eventname:PROCESS_GROUP_REMOVED", 2);
    recordEvents(session, "all");
    recordEvents(session, "exits");
  },
});

compareDaemons({
  name: "events-backoff",
  // It cannot be started, so that it is in BACKOFF at any time, however late it is stopped.
  config: `
${pool("all", "PROCESS_STATE,REMOTE_COMMUNICATION", "ok", "buffer_size=100\npriority=-3")}
[program:waiting]
command=/no/such/program
startretries=100
`,
  async steps(session) {
    const last = "processname:waiting groupname:waiting from_state:STARTING tries:2";
    await until(session, "all", last);
    await session.daemon.ask("stopProcess", "waiting");
    await mark(session, "stopped");
    const own = recorded(session.rig.path("all.events"))
      .filter(({ payload }) => payload.startsWith("processname:waiting "))
      .map(({ header, payload }) => `${/eventname:\S+/.exec(header)?.[0]} ${payload}`);
    // How often it was tried again before it was stopped is chance.
    const tries = own.findIndex((event) => event.includes(last)) + 1;
    session.record("tries", own.slice(0, tries).join("\n"));
    session.record("stopped", own.at(-1) ?? "");
  },
});

compareDaemons({
  name: "events-ticks",
  config: pool("all", "TICK_5"),
  async steps(session) {
    await until(session, "all", "when:");
    // There may be more of them by now.
    const [first] = recorded(session.rig.path("all.events"));
    session.record("header", first === undefined ? "" : plainHeader(first));
    session.record("payload", plain(first?.payload ?? ""));
    const when = Number(first?.payload.slice("when:".length));
    session.record("a multiple of five", String(when % 5));
    const before = statSync(session.daemon.config).mtimeMs / 1000 - 5;
    session.record("since the start", String(before < when && when <= Date.now() / 1000));
  },
});

compareDaemons({
  name: "events-across-reload",
  config: `
${pool("all", "REMOTE_COMMUNICATION,SUPERVISOR_STATE_CHANGE_RUNNING")}
${pool("other", "EVENT", "ok", "priority=5\nbuffer_size=100")}
`,
  async steps(session) {
    const { daemon } = session;
    await until(session, "all", "SUPERVISOR_STATE_CHANGE_RUNNING");
    await mark(session, "before");
    await daemon.ask("restart");
    await until(session, "all", "SUPERVISOR_STATE_CHANGE_RUNNING", 2);
    await mark(session, "after");
    // Ticks and ends of listeners take serials too, so only that they continue is the same.
    const events = recorded(session.rig.path("all.events"));
    const serials = events.map(({ header }) => Number(/ serial:(\d+) /.exec(header)?.[1]));
    const grows = serials.every((serial, index) => serial > (serials[index - 1] ?? -1));
    session.record("serials only grow", String(grows));
    session.record(
      "serials of the pool",
      events.map(({ header }) => / poolserial:(\d+) /.exec(header)?.[1]).join(" "),
    );
    session.record("what", events.map(({ payload }) => payload).join(" | "));
  },
});

compareDaemons({
  name: "events-overflow",
  config: pool("hung", "REMOTE_COMMUNICATION", "ok hang ok", "buffer_size=3"),
  async steps(session) {
    const { daemon } = session;
    for (const data of ["first", "held"]) {
      await daemon.ask("sendRemoteCommEvent", "mark", data);
      await until(session, "hung", `type:mark\n${data}`);
    }
    for (let n = 1; n <= 10; n += 1) await daemon.ask("sendRemoteCommEvent", "n", String(n));
    await daemon.ask("stopProcess", "hung");
    await daemon.ask("startProcess", "hung");
    await until(session, "hung", "type:n\n10");
    recordEvents(session, "hung");
  },
});
