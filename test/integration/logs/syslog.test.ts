// Messages to the system's log, framed as libc frames them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSyslog, syslogHead } from "../../../src/host/system/syslog.ts";

test("the head of a message is libc's, the day padded with a blank", () => {
  assert.equal(
    syslogHead(Date.UTC(2026, 10, 1, 8, 5, 9), 0, "supervisord"),
    "<14>Nov  1 08:05:09 supervisord: ",
  );
});

test("one datagram a message goes to the log's socket, and a refusal is told", () => {
  const sent: string[] = [];
  let answer = 0;
  const syslog = createSyslog({
    ident: "supervisord",
    sendDatagram: (path, bytes) => {
      sent.push(
        `${path} ${Buffer.from(bytes)
          .toString()
          .replace(/^(<14>).{15}/, "$1")}`,
      );
      return answer;
    },
  });
  assert.equal(syslog.send(Buffer.from("web hello")), true);
  answer = -111;
  assert.equal(syslog.send(Buffer.from("web again")), false);
  assert.deepEqual(sent, [
    "/dev/log <14> supervisord: web hello",
    "/dev/log <14> supervisord: web again",
  ]);
});
