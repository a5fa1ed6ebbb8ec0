// Servers at IPv6 addresses (ipv6-brackets, ipv6-url).

import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { send } from "./rig/http.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const MISSING = HAS_IPV6 ? false : "this host has no address ::1";

for (const host of ["::1", "::"]) {
  e2e(`ctl, browsers and the log know a server at ${host} (ipv6-url)`, MISSING, async (rig) => {
    const port = await rig.findPort();
    const users = "[user:boss]\npassword=all\nrole=admin\n";
    const program = "[program:web]\ncommand=sleep 1000\nstartsecs=0\n";
    const server = `[inet_http_server]\nport=[${host}]:${port}\n`;
    const daemon = await rig.startWith(server + users + program);
    const url = `http://[::1]:${port}`;
    const login = ["-u", "boss", "-p", "all"];
    const { status, stdout, stderr } = await rig.command([
      TSV,
      "restart",
      "web",
      "-s",
      url,
      ...login,
    ]);
    assert.equal(status, 0, stderr + stdout);
    await daemon.logged(/asked: supervisor\.startProcess\(web\) by boss, \[::1\]:\d+\n/);
    const page = await send(
      { host: "::1", port },
      {
        ...{ method: "GET", path: "/" },
        headers: { Accept: "text/html", Authorization: `Basic ${btoa("boss:all")}` },
      },
    );
    assert.equal(page.status, 200);
    const nothing = await rig.command([TSV, "status", "-s", "http://[::1]:1"]);
    assert.match(nothing.stderr, /nothing is listening at http:\/\/\[::1\]:1/);
    rig.write(
      "second.conf",
      `${server}[supervisord]\nlogfile=%(here)s/x.log\npidfile=%(here)s/x.pid\n`,
    );
    const second = await rig.run(TSV_BY_NAME, "supervisord", ["-n", "-c", rig.path("second.conf")]);
    assert.ok(second.stderr.includes(`is already listening on [${host}]:${port}.`), second.stderr);
  });
}
