// Logs over the web page's addresses: downloads of all files of a log, and for whom.

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { send } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";

const PROGRAMS = `
[program:web]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/web.out
stderr_logfile=NONE
[program:db]
command=sleep 1000
startsecs=0
stdout_logfile=%(here)s/db.out
`;

const basic = (text: string) => ({
  Authorization: `Basic ${Buffer.from(text).toString("base64")}`,
});

e2e("a download has all of a log, for those who see the program (web-logs)", async (rig) => {
  const tcp = { host: "127.0.0.1", port: await rig.findPort() };
  await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${tcp.port}
[user:ann]\npassword=look
[user:deploy]\npassword=act\nrole=operate\nprograms=web
${PROGRAMS}`,
  );
  const large = "0123456789abcdef\n".repeat(20_000);
  writeFileSync(rig.path("web.out"), "newest\n");
  writeFileSync(rig.path("web.out.1"), "newer\n");
  writeFileSync(rig.path("web.out.2.gz"), gzipSync(large));
  const get = (path: string, headers = {}) => send(tcp, { method: "GET", path, headers });
  const whole = await get("/download?name=web", basic("deploy:act"));
  assert.equal(whole.status, 200);
  assert.equal(whole.body, `${large}newer\nnewest\n`);
  assert.equal(whole.headers["content-disposition"], 'attachment; filename="web-stdout.log"');
  // How long a compressed file is in clear is known at its end.
  assert.equal(whole.headers["content-length"], undefined);
  // A log that is not kept is empty.
  assert.equal((await get("/download?name=web&channel=stderr", basic("ann:look"))).body, "");
  for (const path of ["/download?name=db", "/events/logs?name=db", "/download?name=no"]) {
    assert.equal((await get(path, basic("deploy:act"))).status, 404, path);
  }
  assert.equal(
    (await get("/logs.txt?name=db", basic("deploy:act"))).body,
    "==> There is no program db. <==\n",
  );
  assert.match(
    (await get("/logs.txt?name=web&lines=2", basic("ann:look"))).body,
    /newer\n.*newest\n$/,
  );
  for (const path of ["/download?name=web", "/events/logs", "/logs.txt", "/logs.html"]) {
    assert.equal((await get(path)).status, 401, path);
  }
  const damaged = gzipSync(large).subarray(0, 200);
  writeFileSync(rig.path("web.out.2.gz"), damaged);
  const broken = await get("/download?name=web", basic("ann:look"));
  assert.equal(broken.status, 200);
  assert.match(
    broken.body,
    /\n==> backup 2 cannot be read whole: damaged gzip data: .* <==\nnewer\nnewest\n$/,
  );
  rmSync(rig.path("web.out.2.gz"));
  const plain = await get("/download?name=web", basic("ann:look"));
  assert.deepEqual([plain.body, plain.headers["content-length"]], ["newer\nnewest\n", "13"]);
});
