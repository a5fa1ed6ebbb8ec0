// Attacks by clients with requests that ask for much.

import { writeFileSync } from "node:fs";
import { send } from "../../e2e/rig/http.ts";
import { ask, multicall, PROGRAMS, post, request, stuff, TALKER } from "./asking.ts";
import { type Attack, hammer, LAST_MS, type Scene } from "./scene.ts";

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
    name: "logs of control characters, ten at once",
    ...withLog(40, "\x01", (scene) =>
      ask(scene, request("supervisor.readProcessStdoutLog", "talker", 0, 0), 10),
    ),
  },
  {
    name: "bodies of 16 MB",
    async attack(scene) {
      const fill = (piece: string): Buffer => {
        const body = `<methodCall><methodName>x</methodName><params><param><value>${piece.repeat(Math.floor(15e6 / piece.length))}</value></param></params></methodCall>`;
        return post(Buffer.from(body, "latin1"));
      };
      for (const piece of ["&#65;", "\r\n", "&amp;", "<i4/>", "<value>"])
        await ask(scene, fill(piece), 2);
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
