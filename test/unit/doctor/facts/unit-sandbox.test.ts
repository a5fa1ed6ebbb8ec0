// Paths that the sandbox of a unit denies.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readSandbox } from "../../../../src/doctor/facts/service.ts";

function closes(lines: string, path: string): string | null {
  const texts = [
    { path: "tsv.service", text: `[Unit]\nProtectSystem=strict\n[Service]\n${lines}\n` },
  ];
  return readSandbox(texts).closes(path)?.setting ?? null;
}

describe("the sandbox of a unit", () => {
  test("closes what ProtectSystem= and ProtectHome= say", () => {
    assert.equal(closes("ProtectSystem=strict", "/var/log/a"), "ProtectSystem=strict");
    assert.equal(closes("ProtectSystem=full", "/etc/a"), "ProtectSystem=full");
    assert.equal(closes("ProtectSystem=full", "/var/log/a"), null);
    assert.equal(closes("ProtectSystem=yes", "/usr/a"), "ProtectSystem=yes");
    assert.equal(closes("ProtectHome=read-only", "/home/pi/a"), "ProtectHome=read-only");
    assert.equal(closes("ProtectSystem=no", "/usr/a"), null);
    assert.equal(closes("", "/usr/a"), null);
  });

  test("keeps named paths, systemd's directories and the kernel's file systems open", () => {
    const strict = "ProtectSystem=strict\n";
    assert.equal(closes(`${strict}ReadWritePaths=-/var/log/app /srv`, "/var/log/app/x"), null);
    assert.equal(
      closes(`${strict}ReadWritePaths=/var/log/app`, "/var/log/apple"),
      "ProtectSystem=strict",
    );
    assert.equal(closes(`${strict}LogsDirectory=tsv`, "/var/log/tsv/x"), null);
    assert.equal(closes(`${strict}PrivateTmp=yes`, "/tmp/x"), null);
    assert.equal(closes(strict, "/dev/null"), null);
  });

  test("an empty value resets earlier ones, and a hidden path cannot be opened", () => {
    const taken = "ProtectSystem=strict\nReadWritePaths=/srv\nReadWritePaths=\n";
    assert.equal(closes(taken, "/srv/x"), "ProtectSystem=strict");
    assert.equal(
      closes("ProtectHome=yes\nReadWritePaths=/home/pi", "/home/pi/x"),
      "ProtectHome=yes",
    );
  });
});
