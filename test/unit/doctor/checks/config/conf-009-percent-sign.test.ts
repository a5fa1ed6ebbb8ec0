// CONF-009: percent signs.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expand } from "../../../../../src/core/config/expand.ts";
import { PERCENT_SIGN } from "../../../../../src/doctor/checks/config/conf-009-percent-sign.ts";
import { repairPercent } from "../../../../../src/doctor/checks/config/percent-signs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { fc } from "../../../../property.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\n";

describe("CONF-009", () => {
  const wrong: readonly (readonly [string, string])[] = [
    ["command=date +%Y-%m", "command=date +%%Y-%%m"],
    ["command=app 100%", "command=app 100%%"],
    ["command=date +%s", "command=date +%%s"],
    ["command=%(program_name)_x", "command=%(program_name)s_x"],
    ["command=%(programname)s %%", "command=%(program_name)s %%"],
    ["command=a\nstdout_logfile=/tmp/%Y", "command=a\nstdout_logfile=/tmp/%%%%Y"],
    ["command=a\nstdout_logfile=/tmp/%%Y", "command=a\nstdout_logfile=/tmp/%%%%Y"],
    ['command=a\nenvironment=A="50%",B="%(here)s"', 'command=a\nenvironment=A="50%%",B="%(here)s"'],
  ];
  for (const [before, after] of wrong) {
    test(`${before} becomes ${after}`, () => {
      assert.equal(fixed(PERCENT_SIGN, `${S}${before}\n`), `${S}${after}\n`);
    });
  }

  test("a variable that the daemon lacks is reported, and whether this shell has it", () => {
    const host = new DoctorHost();
    const caller = { environment: { API_URL: "x" } };
    const [finding] = findings(PERCENT_SIGN, `${S}command=a %(ENV_API_URL)s\n`, host, { caller });
    assert.equal(finding?.repair.class, "C");
    assert.equal(finding.cause, "The environment of the daemon has no API_URL.");
    assert.deepEqual(finding.evidence, ["API_URL is set in this shell, but not for the daemon"]);
  });

  test("values of environment and passwords are not shown", () => {
    const text = `${S}command=a --password=hunter2% postgres://u:hunter2%@h\nenvironment=KEY="hunter2%"\n[inet_http_server]\nport=1\nusername=a\npassword=hunter2%\n`;
    for (const finding of findings(PERCENT_SIGN, text)) {
      const { repair, ...rest } = finding;
      assert.doesNotMatch(JSON.stringify({ ...rest, commands: repair.commands }), /hunter2/);
    }
  });

  test("expansions and doubled signs are right as they are", () => {
    const text = `${S}command=a %%s %(program_name)s %(process_num)02d %(ENV_PATH)s\nprocess_name=%(program_name)s\n`;
    assert.deepEqual(findings(PERCENT_SIGN, text), []);
  });

  test("a repaired value can be expanded, and a correct sign stays", () => {
    const names = new Map([["here", "/x"]]);
    const value = fc.array(fc.constantFrom("%", "%%", "%(here)s", "%(here)", "a", "s", " ", "d"));
    fc.assert(
      fc.property(value, (pieces) => {
        const repaired = repairPercent(pieces.join(""), { known: ["here"], isTwice: false });
        const once = expand(repaired, names, "x");
        assert.ok(once.ok, repaired);
        const fixed = { known: ["here"], isTwice: false };
        assert.equal(repairPercent(repaired, fixed), repaired);
      }),
    );
  });
});
