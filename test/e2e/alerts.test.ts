// Alerts of a daemon, to receivers of each kind (alerts).

import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { until } from "../rig/wait.ts";
import { AlertHook, FAILING } from "./rig/alert-hook.ts";
import type { Daemon } from "./rig/daemon.ts";
import { doctor } from "./rig/doctor.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

type Answer = Awaited<ReturnType<Daemon["ask"]>>;

async function ask(daemon: Daemon, method: string, ...params: string[]): Promise<Answer> {
  const answer = await daemon.call(method, ...params);
  if (answer.kind === "result") return answer.value;
  throw new Error(`${method}: ${JSON.stringify(answer)}`);
}

e2e("a receiver is told of failures (alerts)", async (rig, t) => {
  const hook = await AlertHook.listen(rig, t);
  const daemon = await rig.startWith(`[notify:hook]\nurl=${hook.url}/in\n${FAILING}`);
  await hook.has("fatal new web");
  await hook.has("unhealthy new sick");
  assert.equal(hook.received[0]?.path, "/in");
  assert.equal(hook.received[0]?.headers["content-type"], "application/json");
  const listed = (await ask(daemon, "tsv.getReceivers")) as readonly Record<string, unknown>[];
  assert.equal(listed[0]?.["target"], `${hook.url}/<redacted>`);
  assert.equal(listed[0]?.["last_ok"], true);
  const tested = (await ask(daemon, "tsv.testReceiver", "hook")) as unknown;
  assert.deepEqual(tested, { ok: true, text: "status 200" });
  const { kind } = await daemon.call("tsv.testReceiver", "nothing");
  assert.equal(kind, "fault");
  await daemon.shutdown();
  assert.deepEqual([...hook.alerts].sort(), ["fatal new web", "unhealthy new sick"]);
  assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /\/in\b/);
});

e2e("a service, a command and sendmail get what they take (alerts)", async (rig, t) => {
  const hook = await AlertHook.listen(rig, t);
  const secret = rig.write("hook.url", `${hook.url}/T0/s3cret\n`);
  const token = rig.write("token", "t0ken\n");
  for (const path of [secret, token]) chmodSync(path, 0o600);
  const out = rig.path("out");
  rig.write(
    "page",
    `#!/bin/sh\ncat > ${out}.new\necho "$TSV_ALERT_TITLE" >> ${out}.new\nmv ${out}.new ${out}\n`,
  );
  chmodSync(rig.path("page"), 0o755);
  const user = process.getuid?.() === 0 ? "user=root\n" : "";
  const daemon = await rig.startWith(`
[notify:chat]
url_file=${secret}
token_file=${token}
format=slack
[notify:page]
command=${rig.path("page")}
${user}`);
  const test = async (name: string) =>
    (await ask(daemon, "tsv.testReceiver", name)) as {
      readonly ok: boolean;
      readonly text: string;
    };
  assert.deepEqual(await test("chat"), { ok: true, text: "status 200" });
  const [request] = hook.received;
  assert.equal(request?.path, "/T0/s3cret");
  assert.equal(request?.headers.authorization, "Bearer t0ken");
  assert.match((JSON.parse(request?.body ?? "{}") as { text: string }).text, /^test of alerts/);
  assert.equal((await test("page")).ok, true);
  await until(() => existsSync(out), { what: "the output of the command" });
  const [json = "{}", title] = readFileSync(out, "utf8").split(/(?<=\})(?=test)/);
  assert.equal((JSON.parse(json) as { test: boolean }).test, true);
  assert.match(title ?? "", /^test of alerts from /);
  chmodSync(secret, 0o644);
  assert.deepEqual(await test("chat"), {
    ok: false,
    text: `all users can read ${secret}: run chmod o-r ${secret}`,
  });
  rig.write("page", "#!/bin/sh\necho no such pager; exit 2\n");
  assert.deepEqual(await test("page"), { ok: false, text: "exit status 2: no such pager" });
  hook.statuses.push(500);
  chmodSync(secret, 0o600);
  assert.deepEqual(await test("chat"), { ok: false, text: "status 500" });
  assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /s3cret|t0ken/);
});

e2e("a program that is restarted too often is reported (alerts)", async (rig, t) => {
  const hook = await AlertHook.listen(rig, t);
  await rig.startWith(
    `[notify:hook]\nurl=${hook.url}/in\nrestarts=2/1h\n` +
      "[program:flap]\ncommand=sh -c 'sleep 0.3; exit 3'\nstartsecs=0\nautorestart=true\n",
  );
  await hook.has("restarts new flap");
  const [first] = hook.received;
  assert.match(first?.body ?? "", /"flap was restarted more than 2 times in 1h on /);
});

e2e(
  "mail goes to the sendmail of PATH, and doctor says when it fails (alerts)",
  withoutRoot(),
  async (rig) => {
    const out = rig.path("out");
    const script = (text: string) => {
      rig.write("bin/sendmail", `#!/bin/sh\n${text}\n`);
      chmodSync(rig.path("bin/sendmail"), 0o755);
    };
    script("echo no relay; exit 75");
    const PATH = `${rig.path("bin")}:${process.env["PATH"] ?? ""}`;
    const daemon = await rig.startWith(`[notify:mail]\nmail=root, ops@example.com\n${FAILING}`, {
      env: { PATH },
    });
    await daemon.logged(/alert not sent to mail, it is tried again: exit status 75: no relay/);
    const examined = () => doctor(rig, ["PROG-029", "--config", daemon.config]);
    const { stdout } = await examined();
    assert.match(stdout, /PROG-029/);
    assert.match(stdout, /tsv notify -c \S+ test mail/);
    script(`{ printf '%s|' "$@"; cat; } > ${out}.new && cat ${out}.new >> ${out}`);
    const tested = (await ask(daemon, "tsv.testReceiver", "mail")) as { readonly ok: boolean };
    assert.equal(tested.ok, true);
    const mails = () => (existsSync(out) ? readFileSync(out, "utf8") : "");
    await until(() => mails().includes("web is FATAL on "), { what: "the mail that waited" });
    assert.match(
      mails(),
      /^-i\|--\|root\|ops@example\.com\|To: root, ops@example\.com\nSubject: test of /,
    );
    assert.doesNotMatch((await examined()).stdout, /alert not sent/);
  },
);
