// CONF-003: line ends of Windows, which do no harm.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WINDOWS_LINE_ENDS } from "../../../../../src/doctor/checks/config/conf-003-windows-line-ends.ts";
import { findings, fixed } from "./looking.ts";

describe("CONF-003", () => {
  test("they are worth knowing, and converted when asked for", () => {
    const text = "[supervisord]\r\n[program:a]\ncommand=a\r\n";
    assert.equal(findings(WINDOWS_LINE_ENDS, text)[0]?.severity, "info");
    assert.equal(fixed(WINDOWS_LINE_ENDS, text), "[supervisord]\n[program:a]\ncommand=a\n");
  });

  test("Unix line endings are not reported", () => {
    assert.deepEqual(findings(WINDOWS_LINE_ENDS, "[supervisord]\n"), []);
  });
});
