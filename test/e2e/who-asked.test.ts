// Who asked for a change, and who gave a wrong password.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { call, send } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAM = "[program:p]\ncommand=sleep 1000\nstartsecs=0\n";
const basic = (text: string) => ({
  Authorization: `Basic ${Buffer.from(text).toString("base64")}`,
});

e2e(
  "the log says who asked for each change, by RPC, in a multicall and on the page (who-asked)",
  async (rig) => {
    const tcp = { host: "127.0.0.1", port: await rig.findPort() };
    const daemon = await rig.startWith(
      `[inet_http_server]\nport=127.0.0.1:${tcp.port}\nusername=admin\npassword=p\nlegacy_get_actions=true\n${PROGRAM}`,
    );
    await daemon.ask("stopProcess", "p");
    await daemon.logged(/INFO asked: supervisor\.stopProcess\(p\) by uid \d+, pid \d+\n/);
    await call(tcp, "supervisor.startProcess", ["p"], basic("admin:p"));
    await daemon.logged(/INFO asked: supervisor\.startProcess\(p\) by admin, 127\.0\.0\.1:\d+\n/);
    await call(daemon.endpoint, "system.multicall", [
      [{ methodName: "supervisor.signalProcess", params: ["p", "CONT"] }],
    ]);
    await daemon.logged(/INFO asked: supervisor\.signalProcess\(p, CONT\) by uid \d+/);
    const page = { method: "GET", path: "/?action=stop&processname=p", headers: basic("admin:p") };
    await send(tcp, page);
    await daemon.logged(/INFO asked: stop p \(web page\) by admin, 127\.0\.0\.1:\d+\n/);
    await daemon.ask("getAllProcessInfo");
    for (let round = 0; round < 200; round += 1)
      await daemon.ask("sendRemoteCommEvent", "t", "secret");
    await daemon.shutdown();
    const log = readFileSync(daemon.log, "utf8");
    assert.doesNotMatch(log, /secret|getAllProcessInfo/);
    const events = log.match(/asked: supervisor\.sendRemoteCommEvent\(t\)/g) ?? [];
    assert.ok(events.length >= 1 && events.length < 200, `${events.length} lines`);
  },
);

e2e(
  "wrong passwords are logged once a second, and answered more and more slowly; correct ones are not (wrong-password)",
  async (rig) => {
    const tcp = { host: "127.0.0.1", port: await rig.findPort() };
    const daemon = await rig.startWith(
      `[inet_http_server]\nport=127.0.0.1:${tcp.port}\nusername=admin\npassword=p\n${PROGRAM}`,
    );
    const status = async (password: string | null): Promise<number> => {
      const headers = password === null ? {} : basic(`admin:${password}`);
      return (await send(tcp, { method: "GET", path: "/ok.html", headers })).status;
    };
    for (let round = 0; round < 50; round += 1) assert.equal(await status(null), 401);
    const before = performance.now();
    const guesses = await Promise.all(Array.from({ length: 12 }, () => status("wrong")));
    assert.deepEqual(guesses, Array(12).fill(401));
    const took = performance.now() - before;
    assert.ok(took > 1500, `${took} ms`);
    const order: number[] = [];
    await Promise.all(["wrong", "p"].map(async (word) => order.push(await status(word))));
    assert.deepEqual(order, [200, 401], "the right password waits for no wrong one");
    await daemon.logged(
      /WARN wrong user name or password for \[inet_http_server\] from 127\.0\.0\.1:\d+\n/,
    );
    await daemon.logged(
      /WARN wrong user name or password .* \(\d+ more since the last such line\)\n/,
    );
    await daemon.shutdown();
    const lines = readFileSync(daemon.log, "utf8").match(/WARN wrong user/g) ?? [];
    assert.ok(lines.length <= 6, `${lines.length} lines`);
    assert.doesNotMatch(readFileSync(daemon.log, "utf8"), /:wrong|admin:/);
  },
);
