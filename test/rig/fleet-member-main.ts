// A member of a fleet, as a process of its own that may run in another network: `node fleet-member-main.js MEMBERSHIP`. It does what lines
// of JSON on its standard input say, and prints lines of JSON: test/e2e/rig/fleet-net.ts has both ends.

import { createInterface } from "node:readline";
import { inboxOf } from "../../src/core/fleet/subjects.ts";
import { connect, type Session } from "../../src/fleet/nats/connection.ts";

const ANSWER_MS = 20_000;
const membership = JSON.parse(process.argv[2] ?? "") as {
  readonly url: string;
  readonly name: string;
  readonly key: string;
  readonly ca: string;
};
const tell = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const made = await connect({ ...membership, inboxPrefix: inboxOf(membership.name) }, (text) => {
  const [, action = "", subject = ""] = /(publish|subscribe) to (\S+)$/.exec(text) ?? [];
  tell({ denied: `${action} ${subject}` });
});
if (made.ok) serve(made.value);
tell({ state: made.ok ? "connected" : made.error.kind });

function serve(session: Session): void {
  void session.ended.then((why) => tell({ state: `ended: ${why ?? "closed"}` }));
  createInterface({ input: process.stdin }).on("line", (line) => void take(session, line));
}

async function take(session: Session, line: string): Promise<void> {
  const { id, request, publish, subscribe, text, headers, reply } = JSON.parse(line);
  if (typeof publish === "string") session.publish(publish, text, {}, reply ?? undefined);
  else if (typeof subscribe === "string") listen(session, subscribe);
  else if (request === "") tell({ id, answer: await session.flush() });
  else tell({ id, answer: await answerTo(session, request, text, headers) });
}

/** Not by `Session.subscribe`, which leaves messages of JetStream out. */
function listen(session: Session, subject: string): void {
  session.nats.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) tell({ heard: `${message.subject} ${message.string()}` });
    },
  });
}

async function answerTo(session: Session, subject: string, text: string, headers: object) {
  const answer = await session.request(subject, text, ANSWER_MS, { ...headers });
  if (!answer.ok) return { result: answer.error, status: null, headers: {}, text: "" };
  const { status, data, header } = answer.value;
  const sequence = header("Nats-Sequence");
  return {
    ...{ result: "ok", status, text: new TextDecoder().decode(data) },
    headers: sequence === null ? {} : { "Nats-Sequence": sequence },
  };
}
