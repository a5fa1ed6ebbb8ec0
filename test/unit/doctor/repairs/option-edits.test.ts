// Edits of options: the written value is read afterwards.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  changeOptions,
  describeChanges,
  isPlainValue,
  optionPlace,
} from "../../../../src/doctor/repairs/config-edits.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { fc } from "../../../property.ts";

const TEXT = `; mine
[supervisord]
identifier = old
[include]
files=conf.d/*.conf
`;

function host(): DoctorHost {
  return new DoctorHost().file("/etc/tsv/conf.d/web.conf", "[program:web]\ncommand=/usr/bin/tsv\n");
}

describe("edits of options", () => {
  test("a value that is written is the one that is read, wherever the option stands", () => {
    const value = fc.stringMatching(/^\/[a-z0-9_./-]{1,20}$/).filter(isPlainValue);
    fc.assert(
      fc.property(value, fc.constantFrom("supervisord", "program:web"), (text, section) => {
        const made = host();
        const { config } = made.situation(TEXT);
        const change = { section, key: "directory", value: text };
        for (const { step } of changeOptions(config, [change], made) ?? []) {
          assert.ok(step.kind === "file");
          made.file(step.path, step.text);
        }
        const raw = made.situation(null).config.raw;
        assert.equal(raw?.sections.get(section)?.options.get("directory")?.value, text);
        assert.equal(raw?.sections.get("supervisord")?.options.get("identifier")?.value, "old");
      }),
    );
  });

  test("changes of one file are one step, and of two files two", () => {
    const made = host();
    const { config } = made.situation(TEXT);
    const changes = [
      { section: "supervisord", key: "identifier", value: "new" },
      { section: "supervisord", key: "nodaemon", value: "true" },
      { section: "program:web", key: "autostart", value: "false" },
    ];
    const steps = changeOptions(config, changes, made) ?? [];
    assert.deepEqual(
      steps.map(({ edited }) => edited?.path),
      ["/etc/tsv/tsv.conf", "/etc/tsv/conf.d/web.conf"],
    );
    assert.equal(
      describeChanges(config, changes)[2],
      "# in /etc/tsv/conf.d/web.conf line 1 [program:web] write: autostart=false",
    );
  });

  test("a section that is not there cannot be changed", () => {
    const made = host();
    const { config } = made.situation(TEXT);
    assert.equal(
      changeOptions(config, [{ section: "program:x", key: "user", value: "pi" }], made),
      null,
    );
  });

  test("an option that is not given has the place of its section", () => {
    const { config } = host().situation(TEXT);
    assert.equal(optionPlace(config, "supervisord", "identifier")?.line, 3);
    assert.equal(optionPlace(config, "supervisord", "user")?.line, 2);
    assert.equal(optionPlace(config, "program:x", "user"), null);
  });
});
