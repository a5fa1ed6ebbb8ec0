// Attacks by clients that send much, or read nothing.

import { makeInput } from "../fuzz/mutate.ts";
import { texts } from "../fuzz/target.ts";
import { closed, FLOODER, multicall, PROGRAMS, post, request, stuff } from "./asking.ts";
import { type Attack, during, hammer, LAST_MS } from "./scene.ts";

const HTTP_SEEDS = texts(
  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "GET /logtail/beat%3A0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "GET /tail.html?processname=beat:0&limit=1024 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "POST /index.html HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\naction=refresh",
  "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<met>\r\n0\r\n\r\n",
  request("supervisor.getState").toString(),
  request("supervisor.readLog", 0, 100).toString(),
);
const HTTP_WORDS = [
  ...[
    "GET ",
    "POST ",
    " HTTP/1.1\r\n",
    " HTTP/9.9\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "Content-Length: ",
    "Expect: 100-continue\r\n",
  ],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "Connection: upgrade\r\n",
    "Upgrade: websocket\r\n",
    "0\r\n\r\n",
    "ffffffff\r\n",
    ": ",
  ],
  ...[
    "Authorization: Basic ",
    "Accept: application/vnd.tsv+json\r\n",
    "%00",
    "../",
    "?",
    "&",
    "/events/status",
    "\0",
    "\xff",
  ],
];

const NOISE: Attack = {
  name: "noise instead of requests",
  async attack({ rng, connect, count }) {
    const grammar = { seeds: HTTP_SEEDS, words: HTTP_WORDS };
    await hammer(LAST_MS, 16, async () => {
      const socket = await connect();
      socket.resume();
      socket.end(makeInput(grammar, rng));
      count();
      await closed(socket, 100);
      socket.destroy();
    });
  },
};

export const FLOOD_ATTACKS: readonly Attack[] = [
  {
    name: "connections without number",
    async attack({ connect, count }) {
      await hammer(LAST_MS, 64, async () => {
        const socket = await connect();
        count();
        socket.destroy();
      });
    },
  },
  NOISE,
  {
    name: "requests piled up behind a slow one",
    async attack(scene) {
      const headers = Array.from({ length: 90 }, (_, n) => `x${n}: y\r\n`).join("");
      const next = `GET /nothing HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
      const first = "GET /mainlogtail HTTP/1.1\r\nHost: localhost\r\n\r\n";
      await stuff(scene, Buffer.from(first + next.repeat(200)), 65);
    },
  },
  {
    name: "requests with thousands of headers",
    async attack(scene) {
      const headers = "a:\r\n".repeat(3500);
      const next = `GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
      await stuff(scene, Buffer.from(next.repeat(20)), 20);
    },
  },
  {
    name: "slow heads and slow bodies",
    async attack({ connect, count }) {
      const sockets = await Promise.all(Array.from({ length: 600 }, connect));
      await hammer(LAST_MS, 1, async () => {
        for (const socket of sockets) socket.write("x");
        count(sockets.length);
        await during(100);
      });
    },
  },
  {
    name: "900 connections just below their limits",
    sections: () => "[program:slow]\ncommand=sleep 1000\nstartsecs=600\nautostart=false\n",
    async attack({ connect, count }) {
      const fields = Array.from({ length: 95 }, (_, n) => `a${n}: ${"b".repeat(140)}\r\n`).join("");
      const padding = "x".repeat(60_000);
      const waiting = [
        { methodName: "supervisor.startProcess", params: ["slow"] },
        { methodName: "supervisor.getProcessInfo", params: [padding] },
      ];
      const requests = [
        // A head without its end, and one of a stream that never ends, with others behind it.
        `GET / HTTP/1.1\r\n${fields}`,
        `GET /mainlogtail HTTP/1.1\r\n${fields}\r\n`.repeat(5),
        // A body without its end, a call that waits for ten minutes, and an answer that is not read.
        post(padding).subarray(0, 59_000),
        request("system.multicall", waiting),
        multicall(250, "supervisor.getAllConfigInfo"),
      ];
      for (let n = 0; n < 900; n += 1) {
        const socket = await connect();
        socket.pause();
        socket.write(requests[n % requests.length] ?? "");
        count();
      }
      await during(LAST_MS);
    },
  },
  {
    name: "answers that nobody reads",
    sections: () => PROGRAMS,
    attack: (scene) => stuff(scene, request("supervisor.getAllConfigInfo"), 200),
  },
  {
    name: "streams of a flood that nobody reads",
    sections: FLOODER,
    async attack(scene) {
      const tails = [
        "/logtail/talker",
        "/mainlogtail",
        "/events/status",
        "/events/tail?processname=talker",
      ];
      for (const path of tails) {
        const sockets = await Promise.all(Array.from({ length: 75 }, scene.connect));
        for (const socket of sockets)
          socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        scene.count(sockets.length);
      }
      await during(LAST_MS);
    },
  },
];
