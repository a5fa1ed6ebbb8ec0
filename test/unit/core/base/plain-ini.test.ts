// Files of the host in plain INI.

import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSettings } from "../../../../src/core/base/plain-ini.ts";

test("settings are texts without their quotes, and comments and sections are none", () => {
  const text = `# of the system
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME='Void'
ID=debian
IS_NEW=true
ID=other

[section]
PRETTY_NAME=no
`;
  assert.deepEqual(Object.fromEntries(plainSettings(text)), {
    PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)",
    NAME: "Void",
    ID: "other",
    IS_NEW: "true",
  });
  assert.equal(plainSettings("").size, 0);
});
