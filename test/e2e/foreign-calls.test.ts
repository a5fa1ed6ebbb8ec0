// RPC calls that a page in somebody's browser sends: its own site's, another's, and those of a name that was made to point
// here. Programs, which send no Origin, call methods under whatever name they know the host by.

import assert from "node:assert/strict";
import { call } from "./rig/http.ts";
import { e2e } from "./rig/rig.ts";

type Headers = Readonly<Record<string, string>>;

const LET_IN: readonly Headers[] = [
  { Host: "rebound.example:9001" },
  { Host: "127.0.0.1:9001", Origin: "http://127.0.0.1:9001" },
  { Host: "localhost:9001", Origin: "http://localhost:9001", "Sec-Fetch-Site": "same-origin" },
];
const FOREIGN: readonly Headers[] = [
  { Host: "127.0.0.1:9001", Origin: "http://evil.example" },
  { Host: "127.0.0.1:9001", "Sec-Fetch-Site": "cross-site" },
];
const REBOUND: readonly Headers[] = [
  { Host: "rebound.example:9001", Origin: "http://rebound.example:9001" },
  { Host: "rebound.example:9001", "Sec-Fetch-Site": "same-origin" },
];

e2e(
  "web-foreign-calls: a page calls no methods under a name that anybody could have made, unless a password is asked for",
  async (rig) => {
    const open = { host: "127.0.0.1", port: await rig.findPort() };
    const guarded = { host: "127.0.0.1", port: await rig.findPort() };
    await rig.startWith(
      `[inet_http_server:open]\nport=127.0.0.1:${open.port}\n` +
        `[inet_http_server:guarded]\nport=127.0.0.1:${guarded.port}\nusername=u\npassword=p\n`,
    );
    const kind = async (to: typeof open, headers: Headers): Promise<string> => {
      const Authorization = `Basic ${Buffer.from("u:p").toString("base64")}`;
      const answer = await call(to, "supervisor.getState", [], { Authorization, ...headers });
      return answer.kind === "http" ? `http ${answer.status}` : answer.kind;
    };
    for (const headers of LET_IN) assert.equal(await kind(open, headers), "result");
    for (const headers of [...FOREIGN, ...REBOUND]) {
      assert.equal(await kind(open, headers), "http 403", JSON.stringify(headers));
    }
    for (const headers of [...LET_IN, ...REBOUND]) {
      assert.equal(await kind(guarded, headers), "result");
    }
    for (const headers of FOREIGN) assert.equal(await kind(guarded, headers), "http 403");
  },
);
