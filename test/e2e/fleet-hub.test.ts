// A hub: made by `tsv fleet init`, joined by devices, left by them, and what its members may do.

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect as connectTcp, createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import { inboxOf } from "../../src/core/fleet/subjects.ts";
import { readToken, tokenOf } from "../../src/core/fleet/token.ts";
import { connect, type Session } from "../../src/fleet/nats/connection.ts";
import { selfSigned } from "../rig/certificates.ts";
import { NOBODY } from "../rig/stranger.ts";
import { event, until, within } from "../rig/wait.ts";
import { startHub, TestDevice, type TestHub, withoutFleet } from "./rig/fleet.ts";
import { AS_NOBODY, TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const ABSENT = withoutFleet();

/** Connects with the key of a member. */
async function connectAs(hub: TestHub, name: string, key: string): Promise<Session> {
  const made = await tryAs(hub, name, key);
  assert.ok(made.ok, made.ok ? "" : made.error.text);
  return made.value;
}

function tryAs(hub: TestHub, name: string, key: string) {
  const ca = `${hub.directory}/authority.pem`;
  return connect({ url: hub.url, key, ca, name, inboxPrefix: inboxOf(name) });
}

/** Of the certificate that nats-server has. It begins TLS after a line of plain text. */
async function servedFingerprint(port: number): Promise<string> {
  const socket = connectTcp(port, "127.0.0.1");
  await event(socket, "data");
  const secure = connectTls({ socket, rejectUnauthorized: false });
  await event(secure, "secureConnect");
  const { fingerprint256 } = secure.getPeerCertificate();
  secure.destroy();
  return fingerprint256;
}

e2e("fleet init makes a hub, once, and a plan changes nothing", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  const plan = await hub.init("--plan");
  assert.equal(plan.status, 0, plan.stderr);
  assert.match(plan.stdout, /authority\.key[\s\S]*Nothing was changed/);
  assert.equal(existsSync(hub.directory), false);

  const made = await hub.init();
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, new RegExp(`TCP port ${hub.port}`));
  const status = await rig.verb("status");
  assert.match(status.stdout, /nats-server +RUNNING[\s\S]*tsv-fleet-hub +RUNNING/);
  const modeOf = (name: string): number => statSync(`${hub.directory}/${name}`).mode & 0o777;
  const secrets = ["authority.key", "hub.key", "members.jsonl", "proof.key"];
  for (const name of [...secrets, "operators/admin/admin.key"]) {
    assert.equal(modeOf(name), 0o600, name);
  }
  for (const name of ["users.conf", "hub-tls.key"]) assert.equal(modeOf(name), 0o640, name);

  const textsOf = (): readonly string[] =>
    ["authority.pem", "hub.pem", "hub.key", "members.jsonl", "nats-server.conf"].map((name) =>
      readFileSync(`${hub.directory}/${name}`, "utf8"),
    );
  const before = textsOf();
  const again = await hub.init();
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /Everything exists already/);
  assert.deepEqual(textsOf(), before);
});

e2e("a hub cannot have the name of its first operator", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  const refused = await hub.init("--name", "admin");
  assert.equal(refused.status, 2, refused.stderr);
  assert.match(refused.stderr, /admin is the name of the first operator/);
  assert.equal(existsSync(hub.directory), false);
});

e2e("fleet init uses no store that another user can change", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  const foreign = rig.path("foreign");
  mkdirSync(foreign);
  chownSync(foreign, NOBODY, NOBODY);
  for (const store of [foreign, `${foreign}/store`]) {
    const refused = await hub.init("--store", store);
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(refused.stderr, /cannot be used:[\s\S]*foreign\s+is owned by nobody/);
  }
  assert.deepEqual(readdirSync(foreign), []);
  assert.equal(existsSync(hub.directory), false);
  assert.deepEqual(readdirSync(rig.path("conf.d")), ["none"]);
});

e2e("fleet init names a port that is taken, and makes nothing", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  const server = createServer().listen(hub.port, "127.0.0.1");
  await event(server, "listening");
  const refused = await hub.init();
  server.close();
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, new RegExp(String(hub.port)));
  assert.match(refused.stderr, /systemctl disable --now nats-server/);
  assert.deepEqual(readdirSync(rig.path("conf.d")), ["none"]);
  assert.equal(existsSync(hub.directory), false);
});

e2e("a device joins, may do its own, and nothing after it was revoked", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const device = new TestDevice(rig, "web1");
  const token = await hub.invite("web1");
  const joined = await device.join(token);
  assert.equal(joined.status, 0, joined.stderr);
  const file = rig.path("web1/conf.d/tsv-fleet.conf");
  assert.match(readFileSync(file, "utf8"), /\[fleet\]\nurl=tls:[\s\S]*\[program:tsv-fleet\]/);
  assert.equal(statSync(`${device.directory}/device.key`).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(device.directory).sort(), ["authority.pem", "device.key"]);
  assert.match(await hub.members(), /web1 +device +joined/);

  const again = await device.join(token);
  assert.equal(again.status, 0, again.stderr);
  const thief = await new TestDevice(rig, "thief").join(token);
  assert.equal(thief.status, 1);
  assert.match(thief.stderr, /does not accept the token[\s\S]*tsv fleet invite web1/);
  assert.deepEqual(readdirSync(rig.path("thief/key")), []);

  const key = `${device.directory}/device.key`;
  const session = await connectAs(hub, "web1", key);
  const own = await session.request("tsv.event.web1", "{}", 10_000);
  assert.equal(own.ok, true);
  for (const subject of ["tsv.event.web2", "$KV.tsv_desired.web1", "tsv.join"]) {
    const other = await session.request(subject, "{}", 10_000);
    assert.deepEqual(other, { ok: false, error: "denied" }, subject);
  }
  const revoked = await hub.verb("revoke", "web1");
  assert.equal(revoked.status, 0, revoked.stderr);
  const record = readFileSync(`${hub.directory}/changes.jsonl`, "utf8").trimEnd().split("\n");
  assert.deepEqual(
    record.map((line) => `${JSON.parse(line).change} ${JSON.parse(line).name}`),
    ["made hub1", "made admin", "invited web1", "joined web1", "revoked web1"],
  );
  await within(session.ended, { what: "the end of the connection" });
  const copied = await tryAs(hub, "web1", key);
  assert.equal(copied.ok ? "" : copied.error.kind, "refused");
  assert.equal((await hub.members()).includes("web1"), false);

  const anew = await device.join(await hub.invite("web1"));
  assert.equal(anew.status, 0, anew.stderr);
  await (await connectAs(hub, "web1", key)).close();
  const left = await device.leave();
  assert.equal(left.status, 0, left.stderr);
  assert.equal(existsSync(file) || existsSync(device.directory), false);
});

e2e(
  "a token works for one of several devices, in its time, until it is revoked",
  ABSENT,
  async (rig) => {
    const hub = await startHub(rig);
    assert.equal((await hub.init()).status, 0);
    const token = await hub.invite("web1");
    const names = ["a", "b", "c"];
    const joins = await Promise.all(names.map((name) => new TestDevice(rig, name).join(token)));
    assert.deepEqual(joins.map(({ status }) => status).sort(), [0, 1, 1]);

    const late = await hub.invite("late", "--valid", "1s");
    await until(async () => !(await hub.members()).includes("late"), {
      what: "the token to expire",
    });
    const expired = await new TestDevice(rig, "late").join(late);
    assert.equal(expired.status, 1);
    assert.match(expired.stderr, /the token expired at [\s\S]*tsv fleet invite late/);

    const first = await hub.invite("web2");
    const second = await hub.invite("web2");
    assert.equal((await new TestDevice(rig, "old").join(first)).status, 1);
    assert.equal((await hub.verb("revoke", "web2")).status, 0);
    assert.equal((await new TestDevice(rig, "revoked").join(second)).status, 1);

    for (const [text, pattern] of [
      ["hello", /no token/],
      [`${second.slice(0, -3)}AAA`, /damaged/],
      [second.replace("tsvj1_", "tsvj7_"), /later version/],
    ] as const) {
      const wrong = await new TestDevice(rig, "wrong").join(text);
      assert.equal(wrong.status, 2);
      assert.match(wrong.stderr, pattern);
    }
  },
);

e2e("a device says that the hub is away, and joins when it is back", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const device = new TestDevice(rig, "web1");
  const token = await hub.invite("web1");
  assert.equal((await rig.verb("stop", "tsv-fleet-hub")).status, 0);
  const idle = await device.join(token);
  assert.equal(idle.status, 1);
  assert.match(idle.stderr, /program tsv-fleet-hub does not answer/);
  const [early, started] = await Promise.all([
    new TestDevice(rig, "web0").join(await hub.invite("web0")),
    rig.verb("start", "tsv-fleet-hub"),
  ]);
  assert.deepEqual([early.status, started.status], [0, 0], early.stderr);
  assert.equal((await rig.verb("stop", "nats-server", "tsv-fleet-hub")).status, 0);
  const away = await device.join(token);
  assert.equal(away.status, 1);
  assert.match(away.stderr, /cannot be reached: ECONNREFUSED/);
  assert.equal((await rig.verb("start", "nats-server", "tsv-fleet-hub")).status, 0);
  const joined = await device.join(token);
  assert.equal(joined.status, 0, joined.stderr);
  assert.equal((await rig.verb("signal", "KILL", "nats-server", "tsv-fleet-hub")).status, 0);
  await until(async () => (await hub.invite("web2").catch(() => "")) !== "", {
    what: "the hub to invite again",
  });
});

e2e("a device joins with the same token when the hub can write again", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const device = new TestDevice(rig, "web1");
  const token = await hub.invite("web1");
  const users = `${hub.directory}/users.conf`;
  rmSync(users);
  mkdirSync(users);
  const failed = await device.join(token);
  assert.equal(failed.status, 1, failed.stdout);
  assert.match(failed.stderr, /cannot write its list of members/);
  rmdirSync(users);
  const joined = await device.join(token);
  assert.equal(joined.status, 0, joined.stderr);
});

e2e("what is refused changes nothing: revoke, join and leave", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  assert.equal((await hub.verb("operator", "ann")).status, 0);
  const misspelt = await hub.verb("revoke", "ann", "typo");
  assert.match(misspelt.stderr, /there is no member typo/);
  assert.ok(existsSync(`${hub.directory}/operators/ann/ann.key`));

  const device = new TestDevice(rig, "web1");
  assert.equal((await device.join(await hub.invite("web1"))).status, 0);
  const other = await hub.invite("web2");
  const renamed = await device.join(other);
  assert.equal(renamed.status, 1, renamed.stdout);
  assert.match(renamed.stderr, /already, with another name[\s\S]*tsv fleet leave/);
  const filesNow = (): readonly string[] =>
    readdirSync(device.directory).map((name) =>
      readFileSync(`${device.directory}/${name}`, "utf8"),
    );
  const before = filesNow();
  // Of another hub, as the device sees it: one with another authority.
  const { cert: foreign } = selfSigned(rig.path("."), "foreign");
  const read = readToken(other);
  assert.ok(read.ok);
  const elsewhere = tokenOf({ ...read.value, ca: readFileSync(foreign, "utf8") });
  const failed = await device.join(elsewhere);
  assert.match(failed.stderr, /certificate is not accepted/);
  assert.deepEqual(filesNow(), before);

  const place = ["--dir", hub.directory];
  const inHub = await rig.tsv("fleet", "join", "-c", rig.path("d.conf"), ...place, other);
  assert.equal(inHub.status, 1, inHub.stdout);
  assert.match(inHub.stderr, /is the\s+directory\s+of\s+a\s+hub/);

  const mine = rig.write("mine/file", "x");
  const words = ["leave", "-c", rig.path("d.conf"), "--dir", rig.path("mine")];
  const away = await rig.tsv("fleet", ...words);
  assert.equal(away.status, 1, away.stdout);
  assert.match(away.stderr, /is no device of a fleet/);
  assert.ok(existsSync(mine));
  rig.write("web1/key/mine", "x");
  assert.equal((await device.leave()).status, 0);
  assert.deepEqual(readdirSync(device.directory), ["mine"]);
});

e2e("join and leave keep what users have in the file of the device", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const device = new TestDevice(rig, "web1");
  assert.equal((await device.join(await hub.invite("web1"))).status, 0);
  const file = rig.path("web1/conf.d/tsv-fleet.conf");
  const mine = "; mine\n[program:mine]\ncommand=sleep 1000\n";
  const written = readFileSync(file, "utf8");
  writeFileSync(file, `${written.replace("[fleet]\n", "[fleet]\nlabels=site=x\n")}\n${mine}`);
  assert.equal((await hub.verb("revoke", "web1")).status, 0);
  const anew = await device.join(await hub.invite("web1"));
  assert.equal(anew.status, 0, anew.stderr);
  const text = readFileSync(file, "utf8");
  assert.match(text, /^; Written by tsv fleet join\.\n\[fleet\]\nlabels=site=x\nurl=/);
  assert.equal(text.split("[program:tsv-fleet]").length, 2);
  assert.ok(text.endsWith(mine), text);
  const left = await device.leave();
  assert.equal(left.status, 0, left.stderr);
  assert.equal(readFileSync(file, "utf8").trimStart(), mine);
});

e2e("leave is repeated after the daemon could not apply it", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const device = new TestDevice(rig, "web1");
  rig.launch({ config: device.config });
  const statusOf = (...names: readonly string[]) =>
    rig.tsv("status", "-c", device.config, ...names);
  await until(async () => (await statusOf()).status === 0, { what: "the daemon of the device" });
  assert.equal((await device.join(await hub.invite("web1"))).status, 0);
  const broken = rig.write("web1/conf.d/broken.conf", "[program:broken]\nstartsecs=x\n");
  const failed = await device.leave();
  assert.equal(failed.status, 1, failed.stdout);
  assert.match((await statusOf("tsv-fleet")).stdout, /RUNNING/);
  assert.ok(existsSync(`${device.directory}/device.key`));
  rmSync(broken);
  const left = await device.leave();
  assert.equal(left.status, 0, left.stderr);
  assert.equal((await statusOf("tsv-fleet")).status, 4);
  assert.equal(existsSync(device.directory), false);
});

e2e("a list that nats-server did not read is read when revoke is repeated", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  await hub.invite("web1");
  assert.equal((await rig.verb("stop", "nats-server")).status, 0);
  for (const _ of [1, 2]) {
    const failed = await hub.verb("revoke", "web1");
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /has not read the change[\s\S]*tsv restart/);
  }
  assert.equal((await hub.members()).includes("web1"), false);
  assert.equal((await rig.verb("start", "nats-server")).status, 0);
  const read = await hub.verb("revoke", "web1");
  assert.match(read.stderr, /no member web1; nats-server has read the list/);
});

e2e(
  "a list whose users were not written is written when revoke is repeated",
  ABSENT,
  async (rig) => {
    const hub = await startHub(rig);
    assert.equal((await hub.init()).status, 0);
    await hub.invite("web1");
    // The disk is full after the list, or the power is gone.
    const [users, list] = [`${hub.directory}/users.conf`, `${hub.directory}/members.jsonl`];
    const members = readFileSync(list, "utf8").trimEnd().split("\n");
    const { key } = JSON.parse(members.find((line) => line.includes('"web1"')) ?? "");
    writeFileSync(list, members.filter((line) => !line.includes(key)).join("\n"));
    const read = await hub.verb("revoke", "web1");
    assert.match(read.stderr, /no member web1; nats-server has read the list/);
    assert.equal(readFileSync(users, "utf8").includes(key), false);
  },
);

e2e("a certificate is renewed by init, and devices accept it", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const device = new TestDevice(rig, "web1");
  assert.equal((await device.join(await hub.invite("web1"))).status, 0);
  const settings = `${hub.directory}/hub.json`;
  const renamed = readFileSync(settings, "utf8").replace("127.0.0.1", "hub.test");
  writeFileSync(settings, renamed);
  for (const name of ["hub.pem", "hub-tls.key"]) rmSync(`${hub.directory}/${name}`);
  const again = await hub.verb("init", "-c", rig.path("d.conf"));
  assert.equal(again.status, 0, again.stderr);
  const renewed = new X509Certificate(readFileSync(`${hub.directory}/hub.pem`));
  assert.match(renewed.subjectAltName ?? "", /DNS:hub\.test/);
  assert.equal(await servedFingerprint(hub.port), renewed.fingerprint256);
  const key = `${device.directory}/device.key`;
  await (await connectAs(hub, "web1", key)).close();
});

e2e(
  "init says when a hub cannot have the certificate that is given",
  withoutFleet(),
  async (rig) => {
    rig.write("conf.d/none", "");
    rig.configure("[include]\nfiles=%(here)s/conf.d/*.conf\n");
    const [one, other] = [selfSigned(rig.path("."), "one"), selfSigned(rig.path("."), "other")];
    const given = ({ cert, key }: typeof one) => ["--cert", cert, "--key", key] as const;
    const init = (name: string, ...words: readonly string[]) =>
      rig.tsv("fleet", "init", "-c", rig.path("d.conf"), "--dir", rig.path(name), ...words);
    const store = ["--store", rig.path("store")] as const;
    const made = await init("hub", ...store, ...given(one));
    assert.equal(made.status, 0, made.stderr);
    const conf = rig.path("hub/nats-server.conf");
    const text = readFileSync(conf, "utf8");
    assert.equal((await init("hub", ...given(one))).status, 0);
    const another = await init("hub", ...given(other));
    assert.match(another.stderr, /another\s+certificate[\s\S]*Set cert_file and key_file/);
    rmSync(conf);
    const lost = await init("hub");
    assert.match(lost.stderr, /nats-server\.conf is missing[\s\S]*--cert FILE --key FILE/);
    assert.equal(existsSync(conf), false);
    assert.equal((await init("hub", ...given(one))).status, 0);
    assert.equal(readFileSync(conf, "utf8"), text);
    for (const name of readdirSync(rig.path("conf.d"))) rmSync(rig.path(`conf.d/${name}`));
    assert.equal((await init("own", ...store)).status, 0);
    const refused = await init("own", ...given(one));
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /trust\s+its own authority only[\s\S]*Leave --cert and --key out/);
  },
);

e2e("operators may do what their roles permit, as nats-server sees it", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  assert.equal((await hub.init()).status, 0);
  const made = await hub.verb("operator", "ann", "--role", "read");
  assert.equal(made.status, 0, made.stderr);
  const keyOf = (name: string): string => `${hub.directory}/operators/${name}/${name}.key`;
  assert.match(
    readFileSync(`${hub.directory}/operators/ann/fleet.conf`, "utf8"),
    /^\[fleet\]\nurl=tls:\/\/127\.0\.0\.1:\d+\nname=ann\nkey=%\(here\)s\/ann\.key\nca=/,
  );
  const [ann, admin] = [
    await connectAs(hub, "ann", keyOf("ann")),
    await connectAs(hub, "admin", keyOf("admin")),
  ];
  const rows: readonly [Session, subject: string, result: string][] = [
    [ann, "tsv.call.web1.operate.ann.1", "denied"],
    [ann, "tsv.call.web1.read.admin.1", "denied"],
    [ann, "tsv.call.web1.read.ann.1", "no-responders"],
    [ann, "$JS.API.CONSUMER.CREATE.TSV_EVENTS", "denied"],
    [ann, "$JS.API.STREAM.PURGE.TSV_EVENTS", "denied"],
    [ann, "tsv.keys.reported", "ok"],
    [ann, "$JS.API.DIRECT.GET.TSV_EVENTS.tsv.event.web1", "ok"],
    // The configuration is for admins, as on a single host.
    [ann, "$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.web1", "denied"],
    [ann, "$JS.API.DIRECT.GET.KV_tsv_rollouts.$KV.tsv_rollouts.x", "denied"],
    [ann, "tsv.keys.rollouts", "denied"],
    [ann, "$KV.tsv_rollouts.x", "denied"],
    [admin, "$JS.API.DIRECT.GET.KV_tsv_desired.$KV.tsv_desired.web1", "ok"],
    [admin, "$KV.tsv_rollouts.x", "ok"],
    [admin, "tsv.call.web1.admin.admin.1", "no-responders"],
    [admin, "tsv.call.web1.admin.ann.1", "denied"],
    [admin, "$KV.tsv_desired.web1", "denied"],
    [admin, "$KV.tsv_reported.web1", "denied"],
    [admin, "$JS.API.STREAM.DELETE.TSV_EVENTS", "denied"],
  ];
  for (const [session, subject, expected] of rows) {
    const answer = await session.request(subject, "", 10_000);
    assert.equal(answer.ok ? "ok" : answer.error, expected, subject);
  }
  await Promise.all([ann.close(), admin.close()]);
});

e2e("another user is told to be root, and nothing is made", ABSENT, async (rig) => {
  const hub = await startHub(rig);
  const words = ["init", "-c", rig.path("d.conf"), "--dir", hub.directory, "--url", hub.url];
  const refused = await rig.command([...AS_NOBODY, TSV, "fleet", ...words]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /permission denied[\s\S]*sudo tsv fleet init/);
  assert.equal(existsSync(hub.directory), false);
  assert.equal((await hub.init()).status, 0);
  const invited = await rig.command([
    ...[...AS_NOBODY, TSV, "fleet", "invite", "web1", "--dir", hub.directory],
  ]);
  assert.equal(invited.status, 1);
  assert.match(invited.stderr, /permission denied[\s\S]*sudo tsv fleet invite web1/);
});
