// The configuration of a running daemon, from the command line that the kernel shows.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configOfDaemon } from "../../../../src/core/command-line/arguments.ts";
import { fakeWorld } from "../config/fake-world.ts";

const of = (words: string, cwd = "/srv"): string | null =>
  configOfDaemon(words.split(" "), cwd, fakeWorld({}));

describe("the configuration of a running daemon", () => {
  test("is the one that its command line names, by its own directory", () => {
    assert.equal(of("supervisord -n -c /etc/app.conf"), "/etc/app.conf");
    assert.equal(of("/usr/bin/supervisord --nodaemon --configuration=app.conf"), "/srv/app.conf");
    assert.equal(of("tsv daemon -n -c ../app.conf"), "/app.conf");
  });

  test("is unknown if it names none", () => {
    assert.equal(of("supervisord -n"), null);
  });

  test("is none if the process is no daemon", () => {
    assert.equal(of("tsv status -c /etc/app.conf"), null);
    assert.equal(of("supervisord --no-such-option"), null);
    assert.equal(of(""), null);
  });
});
