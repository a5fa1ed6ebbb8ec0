// The file that a command starts, and the errors if there is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileFacts, findCommand } from "../../../../src/core/process/launch.ts";
import { program } from "./samples.ts";

const FILE: FileFacts = { kind: "file", executable: true, permitted: true };
const PLAIN: FileFacts = { kind: "file", executable: false, permitted: false };
const FOREIGN: FileFacts = { kind: "file", executable: true, permitted: false };
const DIRECTORY: FileFacts = { kind: "directory", executable: true, permitted: true };

interface Case {
  readonly command: string;
  readonly files?: Readonly<Record<string, FileFacts>>;
  readonly directory?: string;
  readonly path?: string;
}

function find({ command, files = {}, directory, path }: Case) {
  const config = program({ command, directory: directory ?? null });
  return findCommand(
    config,
    path === undefined ? {} : { PATH: path },
    null,
    (p) => files[p] ?? null,
  );
}

function found(c: Case): string {
  const result = find(c);
  assert.ok(result.ok, result.ok ? "" : result.error.text);
  return result.value.file;
}

function problem(c: Case): string {
  const result = find(c);
  assert.ok(!result.ok, "a command was found");
  return `${result.error.kind}: ${result.error.text}`;
}

test("the first directory of PATH that has the file wins", () => {
  const files = { "/b/web": FILE, "/c/web": FILE };
  assert.equal(found({ command: "web", path: "/a:/b:/c", files }), "/b/web");
  assert.equal(found({ command: "web", path: "/c:/b", files }), "/c/web");
});

test("without PATH the search goes through /bin, /usr/bin, /usr/local/bin", () => {
  assert.equal(
    found({ command: "web", files: { "/usr/local/bin/web": FILE, "/usr/bin/web": FILE } }),
    "/usr/bin/web",
  );
  assert.equal(
    found({ command: "web", files: { "/bin/web": FILE, "/usr/bin/web": FILE } }),
    "/bin/web",
  );
  assert.equal(
    found({ command: "web", files: { "/usr/local/bin/web": FILE } }),
    "/usr/local/bin/web",
  );
});

test("like exec, the search skips files that cannot be executed (path-search)", () => {
  const path = "/a:/b:/c";
  for (const reason of [DIRECTORY, PLAIN, FOREIGN]) {
    assert.equal(
      found({ command: "web", path, files: { "/a/web": reason, "/c/web": FILE } }),
      "/c/web",
    );
  }
});

test("if nothing in PATH can be executed, the first failure is the reason", () => {
  const path = "/a:/b";
  const text = "not-executable: command at '/a/web' is a directory";
  assert.equal(
    problem({ command: "web", path, files: { "/a/web": DIRECTORY, "/b/web": PLAIN } }),
    text,
  );
});

test("a missing command cannot be found", () => {
  assert.equal(problem({ command: "web --flag" }), "not-found: can't find command 'web'");
  assert.equal(problem({ command: "/bin/web" }), "not-found: can't find command '/bin/web'");
  assert.equal(problem({ command: '"it\'s"' }), `not-found: can't find command "it's"`);
});

test("a file that cannot be executed is named with the reason", () => {
  const why = (facts: FileFacts) => problem({ command: "/bin/web", files: { "/bin/web": facts } });
  assert.equal(why(DIRECTORY), "not-executable: command at '/bin/web' is a directory");
  assert.equal(why(PLAIN), "not-executable: command at '/bin/web' is not executable");
  assert.equal(why(FOREIGN), "not-executable: no permission to run command '/bin/web'");
});

test("a command that cannot be read is quoted with the reason", () => {
  assert.equal(
    problem({ command: 'web "open' }),
    `not-executable: can't parse command 'web "open': No closing quotation`,
  );
  assert.equal(
    problem({ command: "web \\" }),
    "not-executable: can't parse command 'web \\\\': No escaped character",
  );
  assert.equal(problem({ command: "" }), "not-executable: command is empty");
});

test("argv keeps the words as written", () => {
  const result = find({ command: `/bin/web -c "a b" 'c;d'`, files: { "/bin/web": FILE } });
  assert.ok(result.ok);
  assert.deepEqual(result.value.argv, ["/bin/web", "-c", "a b", "c;d"]);
});

test("a relative command is looked for in directory=, where exec will run it (relative-command)", () => {
  const files = { "/srv/app/./bin/web": FILE };
  assert.equal(found({ command: "./bin/web", directory: "/srv/app/", files }), "./bin/web");
  assert.equal(
    found({ command: "bin/web", directory: "/", files: { "/bin/web": FILE } }),
    "bin/web",
  );
  assert.equal(found({ command: "./web", files: { "./web": FILE } }), "./web");
  assert.equal(
    problem({ command: "./web", directory: "/srv", files: { "./web": FILE } }),
    "not-found: can't find command './web'",
  );
  assert.equal(
    problem({ command: "./web", directory: "/srv", files: { "/srv/./web": PLAIN } }),
    "not-executable: command at '/srv/./web' is not executable",
  );
});

test("a relative directory= counts once: exec runs there already", () => {
  assert.equal(
    found({ command: "./web", directory: "app", files: { "app/./web": FILE } }),
    "./web",
  );
});

test("a relative entry of PATH also means a place below directory=", () => {
  const at = (path: string, file: string) =>
    found({ command: "web", directory: "/srv", path, files: { [file]: FILE } });
  assert.equal(at("bin", "/srv/bin/web"), "bin/web");
  assert.equal(at(".:/bin", "/srv/./web"), "./web");
  assert.equal(at("", "/srv/web"), "web");
});
