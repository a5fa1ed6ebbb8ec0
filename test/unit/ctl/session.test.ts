// Sessions: unhandled failures, passwords. The help texts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { encodeFault, encodeResponse } from "../../../src/core/xmlrpc/encode.ts";
import { ACTION_NAMES, findCommand } from "../../../src/ctl/commands/table.ts";
import { usageLines } from "../../../src/ctl/context.ts";
import { createLineReporter } from "../../../src/ctl/report.ts";
import { Session } from "../../../src/ctl/session.ts";
import type { HttpClient, HttpReply } from "../../../src/ports/http-client.ts";
import { createFakeTerminal, type FakeTerminal } from "../../fakes/ctl-client.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const type = "text/xml";
const okReply = (xml: string): HttpReply => ({ status: 200, reason: "OK", type, body: bytes(xml) });
const UNAUTHORIZED: HttpReply = { status: 401, reason: "Unauthorized", type, body: bytes("") };

/** A server that wants this password, and answers by method name. */
function server(
  answers: Readonly<Record<string, string>>,
  password: string | null = null,
): HttpClient {
  return {
    connect: (target) => ({
      post: async (_path, bodies) => {
        if (password !== null && target.credentials?.password !== password) {
          return { replies: [UNAUTHORIZED], failure: null };
        }
        const replies = bodies.map((body) => {
          const method = /<methodName>supervisor\.(\w+)/.exec(body)?.[1] ?? "";
          return okReply(answers[method] ?? encodeFault(1, "UNKNOWN_METHOD"));
        });
        return { replies, failure: null };
      },
      close: () => undefined,
    }),
    stream: () => {
      throw new Error("no streams here");
    },
  };
}

const ANSWERS = {
  getVersion: encodeResponse("3.0"),
  getAllProcessInfo: encodeResponse([]),
  getSupervisorVersion: encodeResponse("9"),
};

function open(http: HttpClient): { session: Session; terminal: FakeTerminal } {
  const terminal = createFakeTerminal();
  const session = new Session({
    http,
    concurrentHttp: http,
    terminal,
    report: createLineReporter(terminal, false),
    interactive: false,
    access: { serverUrl: "unix:///s", username: null, password: null },
    startPause: () => ({ over: Promise.resolve(), cancel: () => undefined }),
    explainer: null,
  });
  return { session, terminal };
}

describe("a session", () => {
  it("shows an unhandled failure in one line with status 1", async () => {
    const { session, terminal } = open(
      server({ ...ANSWERS, getVersion: encodeFault(6, "SHUTDOWN_STATE") }),
    );
    assert.equal((await session.runLine("status")).exitStatus, 1);
    assert.equal(
      terminal.written(),
      "error: <class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>: file: tsv-ctl line: 0\n",
    );
  });

  it("names an answer of the wrong shape", async () => {
    const { session, terminal } = open(
      server({ ...ANSWERS, getAllProcessInfo: encodeResponse([{ name: 1 }]) }),
    );
    assert.equal((await session.runLine("status")).exitStatus, 1);
    assert.match(
      terminal.written(),
      /^error: .*should have answered a string as group, not nothing/,
    );
  });

  it("sends one request if the answer is 401 and there is no terminal (password-once)", async () => {
    let asked = 0;
    const inner = server(ANSWERS, "pw");
    const counting: HttpClient = {
      ...inner,
      connect: (target) => {
        const connection = inner.connect(target);
        const post: typeof connection.post = (path, bodies) => {
          asked += 1;
          return connection.post(path, bodies);
        };
        return { ...connection, post };
      },
    };
    await open(counting).session.runLine("version");
    assert.equal(asked, 1);
  });
});

describe("help", () => {
  it("is what the golden file says, for every action (help-texts)", () => {
    const texts = [...ACTION_NAMES, "help"].map((name) => {
      const command = findCommand(name);
      assert.ok(command !== null);
      return `${usageLines(command).join("\n")}\n`;
    });
    assert.equal(texts.join("\n"), readFileSync("test/golden/ctl-help.txt", "utf8"));
  });
});
