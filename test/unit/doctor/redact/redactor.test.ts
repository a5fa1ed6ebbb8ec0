// Redaction: secrets never leave the host, in any form, and explanations of failures do.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { redactPatterns } from "../../../../src/core/redact/patterns.ts";
import { redactConfig, redactUnit } from "../../../../src/doctor/redact/config.ts";
import { createRedactor } from "../../../../src/doctor/redact/redactor.ts";
import { cpuMsOf } from "../../../cpu-time.ts";
import { fc } from "../../../property.ts";
import { leaks, secrets } from "./leaks.ts";

describe("texts with the form or the name of a secret", () => {
  const hidden: readonly (readonly [string, string])[] = [
    ["connect postgres://app:hunter2@db/x failed", "hunter2"],
    ["http://u:p@ss:w0rd@host/", "p@ss:w0rd"],
    ["git clone https://0123456789abcdef0123@github.com/x", "0123456789abcdef0123"],
    ["app --db-password hunter2 --verbose", "hunter2"],
    ["app --token=hunter2", "hunter2"],
    ["app -password 'hunter two'", "hunter two"],
    ['["app","--secret-key","hunter2"]', "hunter2"],
    ["mysql -u root -phunter2 db", "hunter2"],
    ["mysqlimport -u root -phunter2 db file", "hunter2"],
    ["mariadb-check -phunter2", "hunter2"],
    ['["mysql","-u","root","-phunter2"]', "hunter2"],
    ['"/usr/bin/mysqldump" "-phunter2" db', "hunter2"],
    ["xtrabackup --backup -phunter2", "hunter2"],
    [`mysql ${"--option=value ".repeat(50)}-phunter2`, "hunter2"],
    ["redis-cli -ahunter2", "hunter2"],
    ["ldapsearch -x -w hunter2", "hunter2"],
    ["smbclient -U joe%hunter2 //host/x", "hunter2"],
    ["curl -ujoe:hunter2 http://x", "hunter2"],
    ["login failed with password hunter2", "hunter2"],
    ["login failed with password swordfish", "swordfish"],
    ["the password is hunter2.", "hunter2"],
    ["Password 'hunter two' rejected", "hunter two"],
    ["passwd: hunter2", "hunter2"],
    ["passwd hunter2", "hunter2"],
    ["requirepass hunter2", "hunter2"],
    ["token hunter2 expired", "hunter2"],
    ["using api key hunter2", "hunter2"],
    ["create user x identified by 'hunter2'", "hunter2"],
    ["ALTER USER x WITH PASSWORD 'hunter2'", "hunter2"],
    ["connect to //app:hunter2@db/x", "hunter2"],
    ["ids ASIAIOSFODNN7EXAMPLE,AKIAI44QH8DHBEXAMPLE", "AKIAI44QH8DHBEXAMPLE"],
    ["id_AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"],
    ["curl -u joe:hunter2 http://x", "hunter2"],
    ["redis-cli -h x -a hunter2 ping", "hunter2"],
    ["docker run -e API_X=hunter2 image", "hunter2"],
    ["sh -c 'FOO=hunter2 exec app'", "hunter2"],
    ['{"password": "hun\\"ter2"}', 'ter2"'],
    ["db_password: hunter2", "hunter2"],
    ["apiToken=hunter2", "hunter2"],
    ["/srv/app --pw=hunter2", "hunter2"],
    ["/srv/app --db-pw hunter2 --creds joe:hunter2", "hunter2"],
    ['PASSWORD="hunter2 is cut', "hunter2"],
    ["Authorization: Basic am9lOmh1bnRlcjI=", "am9lOmh1bnRlcjI="],
    ["Authorization: Custom hunter2", "hunter2"],
    ["Cookie: sid=hunter2; b=c", "hunter2"],
    ["got Bearer abc.def-ghi", "abc.def-ghi"],
    ["password={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d", "82ab876d"],
    ["root:$6$salt$abcdefghijklmnop:1::", "abcdefghijklmnop"],
    ["key AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"],
    ["wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "wJalr"],
    ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ok", "eyJzdWIiOiIxIn0"],
    ["ghp_abcdefghij0123456789", "ghp_abcdefghij"],
    ["GET /hook?key=hunter2&x=1", "hunter2"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nxyz\n-----END RSA PRIVATE KEY-----\nend", "MIIabc"],
    ["-----BEGIN PRIVATE KEY-----\nMIIabc and the log ends", "MIIabc"],
    ["0123456789abcdef0123456789abcdef", "0123456789abcdef"],
    ["+ export 'AWS_SECRET_ACCESS_KEY=abc def'", "def"],
    ['env "DB_PASSWORD=correct horse" app', "horse"],
  ];
  for (const [text, secret] of hidden) {
    test(`is hidden in ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.ok(!redactPatterns(text).includes(secret), redactPatterns(text));
    });
  }

  const kept = [
    "A complete log is in /root/.npm/_logs/2026-11-26T00_20_21_856Z-debug-0.log",
    "note: run with `RUST_BACKTRACE=full` for a verbose backtrace, or GOTRACEBACK=all",
    "password authentication failed for user app",
    "the password is wrong, and no password was given",
    "FATAL: password authentication failed; token expired, secret missing",
    "reading the secret from /etc/app/secret with token authentication",
    "/usr/sbin/mysqld --port 3306 --pid-file=/run/mysqld/mysqld.pid",
    "ssh -p 2222 backup",
    "spawnerr: unknown error making dispatchers for 'web': EACCES",
    "2026-01-02 03:04:05,678 INFO spawned: 'web' with pid 4711",
    "/usr/bin/gunicorn -w 4 -b 127.0.0.1:8000 app:server --log-file /var/log/app.log",
    "unix:///run/tsv/tsv.sock refused connection",
    "/etc/tsv/conf.d/web.conf:12: error: [program:web] user: Invalid user name nosuch",
    "mysqld --defaults-file=/etc/my.cnf --password-file=/etc/app/password",
    "PATH=/usr/bin:/bin LANG=C.UTF-8 HOME=/root",
    "author=Jane; the compass bypasses passengers",
    "java -Xmx512m -jar /opt/app/app-1.2.3-SNAPSHOT.jar --spring.profiles.active=prod",
    "ssh://git@example.org/x.git",
  ];
  for (const text of kept) {
    test(`is not seen in ${JSON.stringify(text)}`, () => {
      assert.equal(redactPatterns(text), text);
    });
  }

  test("is looked for in linear time", () => {
    for (const text of ["a".repeat(300_000), "password".repeat(30_000), '"'.repeat(100_000)]) {
      assert.ok(cpuMsOf(() => redactPatterns(text)) < 3000, text.slice(0, 10));
    }
  });
});

describe("a configuration", () => {
  test("keeps names, places, comments and what is as good as public", () => {
    const text =
      "; main\n[program:web]\ncommand=/usr/bin/app --port 80 ; the app\n" +
      'environment=PATH="/usr/bin",LANG="C"\nuser=www-data\n';
    assert.equal(redactConfig(text), text);
  });

  test("keeps the variables behind one that is hidden", () => {
    const text = 'environment=KEY="hunter2",LANG="C",X=y\n';
    const redactor = createRedactor({ configs: [text], environments: [], units: [], texts: [] });
    assert.equal(redactor.config(text), 'environment=KEY=<redacted>,LANG="C",X=<redacted>\n');
    assert.equal(redactPatterns("A=b,LANG=C,D='e,F=g'"), "A=<redacted>,LANG=C,D=<redacted>");
  });

  test("hides no places because a variable names them", () => {
    const environments = [{ PWD: "/srv/app", SSH_AUTH_SOCK: "/tmp/ssh-x/agent.1" }];
    const redactor = createRedactor({ configs: [], environments, units: [], texts: [] });
    assert.equal(redactor.text("/srv/app and /tmp/ssh-x"), "/srv/app and /tmp/ssh-x");
    assert.deepEqual(redactor.environment(environments[0] ?? {}), {
      PWD: "/srv/app",
      SSH_AUTH_SOCK: "<redacted>",
    });
  });

  test("loses passwords and values of environments, also in comments and continuation lines", () => {
    assert.equal(
      redactConfig(
        "[inet_http_server]\r\nusername = joe\r\npassword = hunter2 ; old: hunter1\r\n" +
          ';password=123\r\n[program:a]\nenvironment=A="x,y",\n  B=z,\n  PATH="/bin"\n' +
          ";environment=C=one,\n;    D=two\nx_api_key: k\n",
      ),
      "[inet_http_server]\r\nusername = joe\r\npassword = <redacted>\r\n" +
        ";password=<redacted>\r\n[program:a]\nenvironment=A=<redacted>,\n  B=<redacted>,\n" +
        '  PATH="/bin"\n;environment=C=<redacted>,\n;    D=<redacted>\nx_api_key: <redacted>\n',
    );
  });
});

describe("a unit or an init script", () => {
  const units: readonly (readonly [string, string])[] = [
    [
      'Environment="foo=hunter two" bar=x LANG=C',
      'Environment="foo=<redacted>" bar=<redacted> LANG=C',
    ],
    ["export foo='hunter2'", "export foo=<redacted>"],
    ["foo=hunter2", "foo=<redacted>"],
    [
      "ExecStart=/usr/bin/tsv daemon -c /etc/tsv/tsv.conf",
      "ExecStart=/usr/bin/tsv daemon -c /etc/tsv/tsv.conf",
    ],
    ["User=root\nLimitNOFILE=65536", "User=root\nLimitNOFILE=65536"],
    [
      "<key>EnvironmentVariables</key>\n<dict><key>foo</key><string>x</string><key>PATH</key><string>/bin</string></dict>",
      "<key>EnvironmentVariables</key>\n<dict><key>foo</key><string><redacted></string><key>PATH</key><string>/bin</string></dict>",
    ],
  ];
  for (const [before, after] of units) {
    test(`${JSON.stringify(before.slice(0, 50))} keeps names and what it runs`, () => {
      assert.equal(redactUnit(before), after);
    });
  }
});

test("a secret that is given in one place is found in all others, in any encoding", () => {
  fc.assert(
    fc.property(
      secrets,
      fc.constantFrom("config", "pair", "environment", "command"),
      (s, where) => {
        const config = where === "config" ? `[x]\npassword=${s.replaceAll("%", "%%")}\n` : "";
        const pair = `[x]\nenvironment=FOO="${s.replace(/(["\\])/g, "\\$1")}"\n`;
        const redactor = createRedactor({
          configs: [where === "pair" ? pair : config],
          environments: where === "environment" ? [{ DB_PASSWORD: s }] : [],
          units: [],
          texts: where === "command" ? [`app --token="${s.replace(/(["\\])/g, "\\$1")}"`] : [],
        });
        for (const form of leaks(s)) {
          const shown = redactor.text(`the text ${form} is here`);
          assert.ok(!shown.includes(form), `${where}: ${s}: ${form} in ${shown}`);
        }
      },
    ),
  );
});

test("each line of a secret of several lines is found by itself", () => {
  const environments = [{ DB_PASSWORD: "first of it\nkangaroo two\nab" }];
  const redactor = createRedactor({ configs: [], environments, units: [], texts: [] });
  assert.equal(redactor.text("log: kangaroo two / ab"), "log: <redacted> / ab");
});

describe("the text around a secret", () => {
  /** Commands, logs and environments that hold it once. */
  const wrappings: readonly ((secret: string) => string)[] = [
    (s) => `mysql -u root -p${s} db`,
    (s) => `["mysql","-p${s}"]`,
    (s) => `sshpass -p ${s} ssh host`,
    (s) => `login failed with password ${s} for joe`,
    (s) => `the passphrase is ${s}`,
    (s) => `passwd: ${s}`,
    (s) => `DB_PASSWORD=${s} exec app`,
    (s) => `app --token=${s} --verbose`,
    (s) => `using token ${s}`,
    (s) => `Authorization: Bearer ${s}`,
    (s) => `Authorization: Basic ${Buffer.from(`u:${s}`).toString("base64")}`,
    (s) => `postgres://app:${encodeURIComponent(s)}@db/x`,
    (s) => `{"password": ${JSON.stringify(s)}}`,
    (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----`,
    (s) => `requirepass ${s}`,
  ];

  test("it does not stay, in whichever wrapping", () => {
    // Words without quotes and brackets: a grammar gives those other meanings.
    const plain = secrets.map((text) => text.replace(/["'\\<>{}&,;()`|]/g, "x"));
    fc.assert(
      fc.property(plain, fc.constantFrom(...wrappings), fc.boolean(), (secret, wrap, isWithin) => {
        const text = wrap(secret);
        const redacted = redactPatterns(isWithin ? `2026-01-02 app[12]: ${text} end\nnext` : text);
        for (const leak of leaks(secret)) assert.ok(!redacted.includes(leak), redacted);
      }),
      { numRuns: 2000 },
    );
  });
});
