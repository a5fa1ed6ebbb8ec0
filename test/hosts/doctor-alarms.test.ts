// `tsv doctor` on real hosts neither stays calm about a daemon that does not run, nor takes the own daemon for another program.

import assert from "node:assert/strict";
import type { Host } from "./rig/host.ts";
import { hostTest, installed, isUp, STEADY } from "./rig/rig.ts";

const CONF = "/etc/tsv/tsv.conf";

function withPort(port: string): string {
  return `[inet_http_server]\nport=${port}\nusername=a\npassword=b7xk29qq\n`;
}

async function doctor(host: Host, words = "", user = "root") {
  return await host.run(`/usr/local/bin/tsv doctor ${words}`, { user });
}

hostTest("doctor names an address that no interface has", "systemd-bookworm", async (host) => {
  await installed(host, STEADY);
  await isUp(host);
  const text = host.read(CONF);
  for (const [port, cause] of [
    ["10.99.7.7:9001", /No network interface of this host has that address/],
    ["web7.nowhere.invalid:9001", /The host name web7\.nowhere\.invalid has no address/],
  ] as const) {
    host.write(CONF, text + withPort(port));
    await host.run("systemctl restart tsv");
    const { stdout, status } = await doctor(host);
    assert.equal(status, 1, stdout);
    assert.match(stdout.replaceAll(/\s+/g, " "), cause);
    assert.match(stdout, /SOCK-007[\s\S]*SOCK-001/);
  }

  // A file with an old time is a fixed cause, too.
  await host.must(`cp -p ${CONF} /root/bad`);
  host.write("/root/good", text);
  host.write(CONF, text.replace("[supervisord]", "[supervisord"));
  await host.run("systemctl reset-failed tsv; systemctl restart tsv");
  await host.must(`touch -d 2020-01-01 /root/good && cp -p /root/good ${CONF}`);
  const fixed = await doctor(host, "--fix --yes");
  assert.match(fixed.stdout, /SOCK-001 .*: fixed/);
  assert.equal(fixed.status, 0, fixed.stdout);
  await isUp(host);
});

hostTest(
  "doctor knows a daemon that hides or locks a user out",
  "systemd-bookworm",
  async (host) => {
    await installed(host, STEADY);
    await isUp(host);
    const out = await doctor(host, "", "tester");
    assert.match(out.stdout, /SOCK-004/);
    assert.equal(out.status, 1, out.stdout);
    const json = JSON.parse((await doctor(host, "--json", "tester")).stdout);
    assert.equal(json.ok, false);
    const areas = (json.skipped as { area: string }[]).map(({ area }) => area);
    assert.ok(areas.includes("socket"));
    assert.ok((json.checked as { area: string }[]).every(({ area }) => !areas.includes(area)));

    await host.must("usermod -aG tsv tester && mount -o remount,hidepid=2 /proc");
    const hidden = await doctor(host, "", "tester");
    assert.match(hidden.stdout, /pid \d+ answers, but this user cannot see its process/);
    assert.doesNotMatch(hidden.stdout, /SOCK-008|SOCK-001|kill/);
    assert.equal(hidden.status, 0, hidden.stdout);
  },
);

hostTest(
  "a stopped service passes a check, and starts without its unit",
  "systemd-bookworm",
  async (host) => {
    await installed(host, STEADY);
    await host.must("systemctl stop tsv");
    await host.must("test ! -e /run/tsv && tsv check");
    await host.halt();
    await host.bootWithoutInit();
    await host.must(`rm -rf /run/tsv; setsid /usr/local/bin/tsv daemon -c ${CONF}`);
    await isUp(host);
  },
);
