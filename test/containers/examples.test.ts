// The four example configs in an image, unchanged: tsv in place of Supervisor, as PID 1.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../e2e/rig/places.ts";
import { containerTest } from "./rig/rig.ts";

const NAMES = [
  "debian-supervisord.conf",
  "docker-program.conf",
  "raspberry-pi-ngrok_py.ini",
  "shadowsocks-app.conf",
];

/** The users, directories and programs that they name. The main file includes *.conf. */
const DOCKERFILE = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y supervisor
RUN useradd dev && useradd pi && ln -sf python3 /usr/bin/python \\
    && mkdir -p /a /data/shadowsocks /opt/bin/ngrok /srv/www \\
    && echo '{}' >/data/shadowsocks/config.json
COPY debian-supervisord.conf /etc/supervisor/supervisord.conf
COPY docker-program.conf shadowsocks-app.conf /etc/supervisor/conf.d/
COPY raspberry-pi-ngrok_py.ini /etc/supervisor/conf.d/ngrok_py.conf
COPY stand-in.py /data/shadowsocks/server.py
COPY stand-in.py /opt/bin/ngrok/ngrok.py
CMD ["/usr/bin/supervisord", "-n"]
`;

const STAND_IN = `import os, signal, sys
print("args", *sys.argv[1:], "uid", os.getuid(), "cwd", os.getcwd(), flush=True)
signal.pause()
`;

containerTest("the four example configs run in one image, and stop in time", async (rig) => {
  const texts = NAMES.map((name) => [
    name,
    readFileSync(join(ROOT, "test/e2e/examples", name), "utf8"),
  ]);
  const image = await rig.build(DOCKERFILE, {
    ...Object.fromEntries(texts),
    "stand-in.py": STAND_IN,
  });
  const container = await rig.run(image);
  // Two of them give their program some seconds to prove itself.
  await container.printed(/spawned: 'theprogramname'/);
  for (const name of ["theprogramname", "ngrok_py", "app"]) {
    await container.exec("supervisorctl", "start", name);
    await container.printed(new RegExp(`success: ${name} entered RUNNING`));
  }
  const status = (await container.exec("supervisorctl", "status")).stdout;
  for (const name of ["theprogramname", "ngrok_py", "app"]) {
    assert.match(status, new RegExp(`^${name} +RUNNING`, "m"), status);
  }
  // A program may count as RUNNING before it has printed anything.
  const read = (path: string): Promise<string> => container.until(`grep ^args ${path}`);
  assert.match(
    await read("/var/log/ngrok_py.log"),
    /^args --arg uid [1-9]\d* cwd \/opt\/bin\/ngrok$/m,
  );
  assert.match(
    await read("/var/log/shadowsocks_error.log"),
    /^args -c \/data\/shadowsocks\/config.json uid 0 cwd \/srv\/www$/m,
  );
  assert.equal(await container.stop(), 0);
});
