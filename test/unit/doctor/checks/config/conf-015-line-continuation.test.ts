// CONF-015: backslashes at the ends of lines.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LINE_CONTINUATION } from "../../../../../src/doctor/checks/config/conf-015-line-continuation.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\n";

describe("CONF-015", () => {
  test("they are removed from every line of the command", () => {
    assert.equal(
      fixed(
        LINE_CONTINUATION,
        `${S}command=/bin/app \\\n    --port 80 \\\n    --verbose\nuser=root\n`,
      ),
      `${S}command=/bin/app\n    --port 80\n    --verbose\nuser=root\n`,
    );
  });

  test("inside quotes they are for the shell that reads them", () => {
    assert.deepEqual(findings(LINE_CONTINUATION, `${S}command=sh -c "a \\\n  b"\n`), []);
    assert.deepEqual(findings(LINE_CONTINUATION, `${S}command=sh -c 'a \\\n  b'\n`), []);
  });

  test("further lines without them, and other backslashes, are right", () => {
    assert.deepEqual(findings(LINE_CONTINUATION, `${S}command=/bin/app a\\ b\n  --port 80\n`), []);
  });
});
