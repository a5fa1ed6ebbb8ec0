// Replies whose length is known at their end: in chunks, or until the connection ends.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { FakeActivityLog } from "../../fakes/logs-api.ts";
import { exchange, serveOn } from "./server-rig.ts";

describe("a reply of unknown length", () => {
  let served: Awaited<ReturnType<typeof serveOn>>;
  let closed = 0;
  before(async () => {
    served = await serveOn(
      "tcp",
      async ({ target }) => {
        const parts = ["one", "", "two"];
        const next = async () => {
          const part = parts.shift();
          if (part === "" && target === "/fails") throw new Error("gone");
          return part === undefined ? null : new TextEncoder().encode(part);
        };
        const count = () => {
          closed += 1;
        };
        return { kind: "parts", status: 200, headers: [], length: null, next, closed: count };
      },
      new FakeActivityLog(),
    );
  });
  after(() => served.stop());

  const get = async (version: string, method = "GET", path = "/") => {
    const line = (more: string): string =>
      `${method} ${path} HTTP/${version}\r\nHost: localhost\r\n${more}\r\n`;
    const before = closed;
    const answer = await exchange(served.address, line("") + line("Connection: close\r\n"));
    return [
      answer.replaceAll(/^(?!Connection|Transfer|Content-Length)[\w-]+: .*\r\n/gm, ""),
      closed - before,
    ] as const;
  };

  it("is sent in chunks, and another request may follow", async () => {
    const head = (connection: string): string =>
      `HTTP/1.1 200 OK\r\nConnection: ${connection}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const body = "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
    const both = head("keep-alive") + body + head("close") + body;
    assert.deepEqual(await get("1.1"), [both, 2]);
    assert.deepEqual(await get("1.1", "HEAD"), [head("keep-alive") + head("close"), 2]);
  });

  it("ends with the connection for a client of HTTP/1.0", async () => {
    assert.deepEqual(await get("1.0"), ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwo", 1]);
  });

  it("has no end if a part cannot be made", async () => {
    const [answer, times] = await get("1.1", "GET", "/fails");
    assert.match(answer, /\r\n\r\n3\r\none\r\n$/);
    assert.equal(times, 1);
  });
});
