// Contents of a bundle, and secrets that it never contains.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { bundleTexts } from "../../../../src/doctor/bundle/bundle.ts";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../src/doctor/checks/examine.ts";
import type { ProgramStatus, RunningDaemon } from "../../../../src/doctor/facts/doctor-facts.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { fc } from "../../../property.ts";
import { leaks, secrets } from "../redact/leaks.ts";

const PID = 4711;

/** A host with a daemon, a program and their logs; the secret stands where users put theirs. */
function bundleOf(secret: string, isBroken: boolean): ReadonlyMap<string, string> {
  const quoted = secret.replace(/(["\\])/g, "\\$1").replaceAll("%", "%%");
  const unit = secret.replace(/(["\\])/g, "\\$1");
  const inUrl = encodeURIComponent(secret);
  const config = `[supervisord]
logfile=/var/log/tsv/tsv.log
environment=GLOBAL_ONE="${quoted}"
[inet_http_server]
port=127.0.0.1:9001
username=joe
password=${secret.replaceAll("%", "%%")}
;password=${secret}
[supervisorctl]
serverurl=http://joe:${inUrl.replaceAll("%", "%%")}@127.0.0.1:9001
[include]
files=conf.d/*.conf
`;
  const program = `[program:web]
command=/usr/bin/app --token="${quoted}" --url http://me:${inUrl.replaceAll("%", "%%")}@db/x
environment=PATH="/usr/bin",PLAIN="${quoted}",
  OTHER='x'
${isBroken ? `nonsense ${secret}\n` : ""}`;
  const forms = leaks(secret).map((form, index) => `line ${index}: ${form} and more`);
  const host = new DoctorHost()
    .file("/etc/tsv/conf.d/web.conf", program)
    .file("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')
    .file("/etc/default/tsv", `API_TOKEN="${quoted}"\nexport OTHER_ONE=${secret}\nLANG=C\n`)
    .file("/var/log/tsv/tsv.log", `INFO spawned: 'web' with pid 5\n${forms.join("\n")}\n`)
    .file("/var/log/tsv/web.log", `listening on 8080\n${forms.join("\n")}\n`)
    .run(PID, ["/usr/bin/tsv", "daemon", "-c", "/etc/tsv/tsv.conf"])
    .run(5, ["/usr/bin/app", "--token", secret, `--dsn=postgres://a:${inUrl}@db`], { parent: PID });
  host.environments.set(PID, { PATH: "/usr/bin", DB_PASSWORD: secret, LANG: "C" });
  host.environments.set(5, { PLAIN: secret });
  host.answers.set("journalctl -u tsv.service -n 100 --no-pager", {
    status: 0,
    output: forms.join("\n"),
  });
  const daemon = { kind: "tsv", pid: PID, command: ["tsv", "--password", secret], startedMs: 0 };
  const status = {
    group: "web",
    name: "web",
    state: "FATAL",
    spawnError: `could not use ${secret}`,
    stdoutLog: "/var/log/tsv/web.log",
    stderrLog: "",
  };
  const base = host.facts(config);
  const facts = {
    ...base,
    caller: { ...base.caller, environment: { MY_SECRET: secret, HOME: "/root" } },
    daemon: daemon as unknown as RunningDaemon,
    daemons: [daemon as unknown as RunningDaemon],
    programs: [status as unknown as ProgramStatus],
    service: {
      ...base.service,
      file: {
        path: "/etc/systemd/system/tsv.service",
        text: `[Service]\nEnvironment="APP_KEY=${unit}"\nEnvironment=plain=${unit}\nExecStart=/usr/bin/tsv --password ${secret}\n`,
        isPackaged: false,
      },
      properties: {
        Environment: `APP_KEY=${secret} lower=${secret} PATH=/bin`,
        ExecMainPID: "4711",
      },
    },
  };
  const diagnosis = examineHost(CATALOGUE, facts);
  const texts = bundleTexts({ facts, diagnosis });
  return new Map(texts.map(({ name, text }) => [name, text]));
}

describe("a bundle", () => {
  test("never holds a secret, whatever it is and in whichever encoding", () => {
    fc.assert(
      fc.property(secrets, fc.boolean(), (secret, isBroken) => {
        for (const [name, text] of bundleOf(secret, isBroken)) {
          for (const form of leaks(secret)) {
            const at = text.indexOf(form);
            assert.equal(at, -1, `${secret}: ${form} in ${name}: ${text.slice(at - 40, at + 60)}`);
          }
          const words = text.match(/[A-Za-z0-9+/_=-]{8,}/g) ?? [];
          const decoded = words.map((word) => Buffer.from(word, "base64").toString("latin1"));
          assert.ok(!decoded.some((one) => one.includes(secret)), name);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("shows no value of a variable either that looks like any other word", () => {
    for (const word of ["hunter", "swordfish"]) {
      const host = new DoctorHost()
        .file("/etc/default/tsv", `plain=${word}\n`)
        .run(PID, ["/usr/bin/tsv", "daemon"]);
      host.environments.set(PID, { plain: word });
      for (const line of [
        `environment=plain="${word}"`,
        `environment=plain=${word},%`,
        `environment=plain ${word}`,
      ]) {
        const base = host.facts(`[supervisord]\n${line}\n[program:a]\ncommand=/bin/cat\n${line}\n`);
        const daemon = { kind: "tsv", pid: PID, command: [], startedMs: 0 };
        const text = `[Service]\nEnvironment=plain=${word} "other=${word}"\n`;
        const facts = {
          ...base,
          caller: { ...base.caller, environment: { plain: word } },
          daemon: daemon as unknown as RunningDaemon,
          daemons: [daemon as unknown as RunningDaemon],
          service: {
            ...base.service,
            file: { path: "/etc/systemd/system/tsv.service", text, isPackaged: false },
            properties: { Environment: `plain=${word}` },
          },
        };
        const diagnosis = examineHost(CATALOGUE, facts);
        for (const { name, text: shown } of bundleTexts({ facts, diagnosis })) {
          assert.ok(!shown.includes(word), `${line}: ${name}: ${shown}`);
        }
      }
    }
  });

  test("holds what explains a failure", () => {
    const texts = bundleOf("S3cret-of-mine", false);
    const names = [...texts.keys()];
    const expected = `
      README.txt diagnosis.json facts.json
      config/etc/tsv/tsv.conf config/etc/tsv/conf.d/web.conf
      service/etc/systemd/system/tsv.service service/etc/default/tsv service/journal.txt
      processes.txt environment.txt permissions.txt host.txt
      logs/daemon.log logs/web.web.stdout.log`;
    for (const name of expected.trim().split(/\s+/)) {
      assert.ok(names.includes(name), `${name} in ${names.join(" ")}`);
    }
    assert.match(
      texts.get("config/etc/tsv/conf.d/web.conf") ?? "",
      /^command=\/usr\/bin\/app --token=<redacted> --url http:\/\/me:<redacted>@db\/x$/m,
    );
    assert.match(
      texts.get("config/etc/tsv/conf.d/web.conf") ?? "",
      /^environment=PATH="\/usr\/bin",PLAIN=<redacted>,$/m,
    );
    assert.match(texts.get("logs/daemon.log") ?? "", /^INFO spawned: 'web' with pid 5$/m);
    assert.match(texts.get("host.txt") ?? "", /^Debian GNU\/Linux 12 \(bookworm\)$/m);
    assert.match(texts.get("permissions.txt") ?? "", /^1777 root:root +directory +\/tmp$/m);
    assert.match(texts.get("permissions.txt") ?? "", /^ENOENT +\/usr\/bin\/app$/m);
    assert.match(texts.get("environment.txt") ?? "", /^DB_PASSWORD=<redacted>\nLANG=C$/m);
    assert.match(
      texts.get("processes.txt") ?? "",
      /^pid 5 parent 4711 .*\/usr\/bin\/app --token <redacted>/m,
    );
    for (const name of ["diagnosis.json", "facts.json"]) {
      assert.doesNotThrow(() => JSON.parse(texts.get(name) ?? ""), name);
    }
  });
});
