// Edits of options: the written value is read afterwards.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { editText } from "../../../../src/core/config/lint/edits.ts";
import {
  changeOptions,
  describeChanges,
  editStep,
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
        const { config } = made.facts(TEXT);
        const change = { section, key: "directory", value: text };
        for (const { step } of changeOptions(config, [change], made) ?? []) {
          assert.ok(step.kind === "file");
          made.file(step.path, step.text);
        }
        const raw = made.facts(null).config.raw;
        assert.equal(raw?.sections.get(section)?.options.get("directory")?.value, text);
        assert.equal(raw?.sections.get("supervisord")?.options.get("identifier")?.value, "old");
      }),
    );
  });

  test("changes of one file are one step, and of two files two", () => {
    const made = host();
    const { config } = made.facts(TEXT);
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
    const { config } = made.facts(TEXT);
    assert.equal(
      changeOptions(config, [{ section: "program:x", key: "user", value: "pi" }], made),
      null,
    );
  });

  test("an option that is not given has the place of its section", () => {
    const { config } = host().facts(TEXT);
    assert.equal(optionPlace(config, "supervisord", "identifier")?.line, 3);
    assert.equal(optionPlace(config, "supervisord", "user")?.line, 2);
    assert.equal(optionPlace(config, "program:x", "user"), null);
  });
});

// Edits of a user's configuration leave every byte that is not meant.

describe("editText", () => {
  test("sets an option in its line, and takes its continuation lines with it", () => {
    const text = "[a]\n; mine\nkey = old\n  more\n  # not mine\nnext=1\n";
    assert.equal(
      editText(text, [{ kind: "set", line: 3, key: "key", value: "new" }]),
      "[a]\n; mine\nkey=new\n  # not mine\nnext=1\n",
    );
  });

  test("adds after the header, and appends with one blank line before", () => {
    assert.equal(
      editText("[a]\nx=1", [
        { kind: "add", line: 1, key: "y", value: "2" },
        { kind: "append", lines: ["[b]", "z=3"] },
      ]),
      "[a]\ny=2\nx=1\n\n[b]\nz=3\n",
    );
  });

  test("keeps the line ends of Windows", () => {
    const text = "[a]\r\nx=1\r\n";
    const edit = { kind: "set", line: 2, key: "x", value: "2" } as const;
    assert.equal(editText(text, [edit]), "[a]\r\nx=2\r\n");
  });

  test("puts other text into a line, or removes it, and keeps each other line's end", () => {
    const edits = [
      { kind: "line", line: 1, text: "[b]", shows: "with [b]" },
      { kind: "line", line: 3, text: null, shows: "without y" },
    ] as const;
    assert.equal(editText("[a]\r\nx=1\ny=2\r\nz=3", edits), "[b]\r\nx=1\nz=3");
  });

  test("keeps the comment behind a value that is set", () => {
    const edit = { kind: "set", line: 2, key: "x", value: "2" } as const;
    assert.equal(editText("[a]\nX = 1   ; why\n", [edit]), "[a]\nx=2   ; why\n");
  });

  test("no edit changes nothing, whatever the text", () => {
    const line = fc.string({ unit: fc.constantFrom("a", " ", "=", ";", "[", "]") });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join("\n");
        assert.equal(editText(text, []), text);
      }),
    );
  });

  test("an edit of one line leaves every other line", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "=", ";"), minLength: 1 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.nat(), (lines, at) => {
        const number = (at % lines.length) + 1;
        const edit = { kind: "set", line: number, key: "k", value: "v" } as const;
        const after = editText(lines.join("\n"), [edit]).split("\n");
        assert.deepEqual(after, Object.assign([...lines], { [number - 1]: "k=v" }));
      }),
    );
  });
});

describe("editStep", () => {
  test("writes the file that a link leads to, with its owner and mode, and keeps the text it had", () => {
    const host = new DoctorHost()
      .file("/srv/real.conf", "[a]\nx=1\n", { mode: 0o640, gid: 990 })
      .link("/etc/tsv/tsv.conf", "/srv/real.conf");
    const edit = { kind: "set", line: 2, key: "x", value: "2" } as const;
    const planned = editStep("/etc/tsv/tsv.conf", [edit], host);
    assert.deepEqual(planned?.step, {
      kind: "file",
      path: "/srv/real.conf",
      text: "[a]\nx=2\n",
      mode: 0o640,
      owner: { user: "root", group: "tsv" },
      what: "configuration",
    });
    assert.deepEqual(planned.edited, { path: "/srv/real.conf", text: "[a]\nx=1\n" });
  });

  test("shows no password on the terminal", () => {
    const host = new DoctorHost().file("/c", "[a]\npassword=x\n");
    const edit = { kind: "set", line: 2, key: "password", value: "geheim" } as const;
    assert.doesNotMatch(editStep("/c", [edit], host)?.will ?? "", /geheim/);
  });

  test("there is none for what is no text", () => {
    assert.equal(editStep("/none", [], new DoctorHost()), null);
  });
});
