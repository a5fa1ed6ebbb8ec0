// Attacks by clients with requests that ask for much.

import { writeFileSync } from "node:fs";
import { send } from "../../e2e/rig/http.ts";
import { ask, multicall, PROGRAMS, post, request, stuff, TALKER } from "./asking.ts";
import { type Attack, during, hammer, LAST_MS, type Scene } from "./scene.ts";

/** In bytes; larger ones are refused. */
const LARGEST_BODY = 512 * 1024;

function withLog(
  megabytes: number,
  fill: string,
  attack: (scene: Scene) => Promise<void>,
): Omit<Attack, "name"> {
  return {
    sections: TALKER,
    async attack(scene) {
      writeFileSync(scene.rig.path("talker.log"), Buffer.alloc(megabytes << 20, fill));
      await attack(scene);
    },
  };
}

export const REQUEST_ATTACKS: readonly Attack[] = [
  {
    name: "multicall of 12 000 lists",
    sections: () => PROGRAMS,
    attack: (scene) => ask(scene, multicall(12_000, "supervisor.getAllProcessInfo"), 2),
  },
  {
    name: "multicall of help and signatures",
    attack: (scene) =>
      ask(scene, multicall(20_000, "system.methodHelp", "supervisor.startProcess"), 2),
  },
  {
    name: "multicall of 100 logs",
    ...withLog(48, "line of a log\n", (scene) =>
      ask(scene, multicall(100, "supervisor.readProcessStdoutLog", "talker", 0, 0), 1),
    ),
  },
  {
    name: "logs that nobody reads",
    ...withLog(6, "x", (scene) =>
      stuff(scene, request("supervisor.readProcessStdoutLog", "talker", 0, 0), 100),
    ),
  },
  {
    name: "logs of control characters, ten at once",
    ...withLog(40, "\x01<", (scene) =>
      ask(scene, request("supervisor.readProcessStdoutLog", "talker", 0, 8 << 20), 10),
    ),
  },
  {
    name: "bodies just below the limit",
    async attack(scene) {
      const head =
        "<?xml version='1.0' encoding='ISO-8859-1'?><methodCall><methodName>x</methodName><params><param><value><string>";
      const end = "</string></value></param></params></methodCall>";
      for (const piece of ["&#65;", "\r\n", "&amp;", "\xe9", "</string></value><value><string>"]) {
        const count = Math.floor((LARGEST_BODY - head.length - end.length) / piece.length);
        await ask(scene, post(Buffer.from(head + piece.repeat(count) + end, "latin1")), 8);
      }
    },
  },
  {
    name: "bodies without their ends",
    async attack({ connect, count }) {
      const bytes = post("x".repeat(LARGEST_BODY)).subarray(0, -1);
      const sockets = await Promise.all(Array.from({ length: 60 }, connect));
      for (const socket of sockets) socket.write(bytes);
      count(sockets.length);
      await during(LAST_MS);
    },
  },
  {
    name: "bodies a byte at a time",
    async attack({ connect, count }) {
      const sockets = await Promise.all(Array.from({ length: 50 }, connect));
      for (const socket of sockets) {
        socket.setNoDelay(true);
        socket.write("POST /RPC2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      }
      await hammer(LAST_MS, 1, async () => {
        for (const socket of sockets) socket.write("1\r\na\r\n".repeat(50));
        count(sockets.length);
        await during(1);
      });
    },
  },
  {
    name: "lists of 5000 programs",
    sections: () => PROGRAMS.replace("numprocs=50", "numprocs=5000"),
    peakMb: 250,
    async attack(scene) {
      for (const method of ["getAllProcessInfo", "getAllConfigInfo"])
        await ask(scene, request(`supervisor.${method}`), 6);
    },
  },
  {
    name: "long queries and forms",
    async attack({ port, count }) {
      const path = `/index.html?${"&".repeat(7000)}`;
      const body = "a=b&".repeat(4000);
      await hammer(LAST_MS, 8, async () => {
        await send(port, { method: "GET", path });
        await send(port, { method: "POST", path: "/index.html", body });
        count(2);
      });
    },
  },
  {
    name: "input for a program that does not read",
    sections: TALKER,
    attack: (scene) =>
      stuff(scene, request("supervisor.sendProcessStdin", "talker", "x".repeat(500_000)), 8),
  },
  {
    name: "events by clients for who never reads",
    sections: (rig) => {
      const script = rig.write("deaf.sh", `printf 'READY\\n'; exec sleep 1000000\n`);
      return `[eventlistener:deaf]\ncommand=/bin/sh ${script}\nevents=REMOTE_COMMUNICATION\nbuffer_size=1000000\n`;
    },
    attack: (scene) =>
      stuff(scene, request("supervisor.sendRemoteCommEvent", "x", "y".repeat(500_000)), 8),
  },
];
