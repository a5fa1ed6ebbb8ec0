// The configurations of docs/cookbook.md and docs/getting-started.md run, with the software of Debian where there is such:
// with the paths, users and ports of the test in the place of theirs.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { example } from "./rig/pages.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

/** Words of a page, and those that stand for them in a test. */
type Words = readonly (readonly [documented: string, tried: string])[];

const APP = "/srv/app";

/** For all examples: none of the users exists here. */
function here(rig: Rig, text: string, words: Words = []): string {
  const asUser = text.replace(/^user=.*$/gm, `user=${userInfo().username}`);
  const all: Words = [...words, ["/srv/app/venv/bin/", "/usr/bin/"], [APP, rig.directory]];
  return all.reduce((so, [documented, tried]) => {
    return so.replaceAll(documented, tried);
  }, asUser);
}

/** The reason to skip, or false. */
function without(...paths: readonly string[]): string | false {
  const absent = paths.filter((path) => !existsSync(path));
  return absent.length > 0 && `${absent.join(", ")} missing; run make test-host`;
}

/** Starts the example, and waits until each of these is RUNNING, which is when its check succeeds. */
async function runs(rig: Rig, sections: string, ...names: readonly string[]): Promise<void> {
  const checked = await rig.tsv("check", rig.configure(sections));
  assert.equal(checked.status, 0, checked.stdout);
  const daemon = await rig.start();
  for (const name of names) await daemon.logged(new RegExp(`success: ${name} entered RUNNING`));
  const { stdout, status } = await rig.verb("status", "--check");
  assert.equal(status, 0, stdout);
  await daemon.shutdown();
}

const bodyOf = async (url: string): Promise<string> => await (await fetch(url)).text();

const WSGI = `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
`;

const ASGI = `async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})
`;

e2e("the application of docs/getting-started.md runs", without("/usr/bin/python3"), async (rig) => {
  const port = String(await rig.findPort());
  const words: Words = [
    ["8000", port],
    ["/etc/app/web.env", rig.write("web.env", "GREETING=hello\n")],
    ["/var/log/tsv", rig.directory],
  ];
  rig.write("server.py", example("getting-started", "HTTPServer", "python").replace("8000", port));
  const daemon = await rig.startWith(here(rig, example("getting-started", "server.py"), words));
  await daemon.logged(/success: web entered RUNNING/);
  assert.equal(await bodyOf(`http://127.0.0.1:${port}/`), "hello\n");
  await daemon.shutdown();
});

for (const [name, source] of [
  ["gunicorn", WSGI],
  ["uvicorn", ASGI],
] as const) {
  e2e(`${name} runs as the cookbook says`, without(`/usr/bin/${name}`), async (rig) => {
    rig.write("app.py", source);
    const words: Words = [["8000", String(await rig.findPort())]];
    const program = name === "gunicorn" ? "web" : "api";
    await runs(rig, here(rig, example("cookbook", `bin/${name}`), words), program);
  });
}

const REDIS = "/usr/bin/redis-server";

async function redis(rig: Rig): Promise<{ readonly section: string; readonly url: string }> {
  const port = await rig.findPort();
  const section = `[program:redis]
command=${REDIS} --bind 127.0.0.1 --port ${port} --save "" --dir ${rig.directory}
ready_check=tcp://127.0.0.1:${port}
`;
  return { section, url: `redis://127.0.0.1:${port}/0` };
}

/** The package celery of Debian comes without it. */
const PYTHON_REDIS = "/usr/lib/python3/dist-packages/redis";

e2e(
  "Celery runs as the cookbook says",
  without("/usr/bin/celery", REDIS, PYTHON_REDIS),
  async (rig) => {
    const { section, url } = await redis(rig);
    rig.write("tasks.py", `from celery import Celery\n\napp = Celery("tasks", broker="${url}")\n`);
    const celery = here(rig, example("cookbook", "bin/celery"));
    await runs(rig, `${celery}depends_on=redis:ready\n${section}`, "celery");
  },
);

e2e("Sidekiq runs as the cookbook says", without("/usr/bin/sidekiq", REDIS), async (rig) => {
  const { section, url } = await redis(rig);
  rig.write("worker.rb", "class Worker\n  include Sidekiq::Worker\nend\n");
  const words: Words = [
    ["/usr/bin/bundle exec sidekiq", "/usr/bin/sidekiq -r ./worker.rb"],
    ["redis://127.0.0.1:6379/0", url],
  ];
  const sidekiq = here(rig, example("cookbook", "exec sidekiq"), words);
  await runs(rig, `${sidekiq}depends_on=redis:ready\n${section}`, "sidekiq");
});

e2e(
  "workers and scheduler of Laravel run as the cookbook says",
  without("/usr/bin/php"),
  async (rig) => {
    // Laravel is no package of Debian.
    rig.write(
      "artisan",
      `<?php
if ($argv[1] === "schedule:run") exit(0);
while (true) sleep(60);
`,
    );
    const words: Words = [["/srv/laravel", rig.directory]];
    const queues = ["queue_00", "queue_01", "queue_02", "queue_03"];
    const daemon = await rig.startWith(here(rig, example("cookbook", "artisan"), words));
    for (const name of queues) await daemon.logged(new RegExp(`success: ${name} entered RUNNING`));
    assert.equal((await rig.verb("start", "scheduler")).status, 0);
    await daemon.logged(/exited: scheduler \(exit status 0; expected\)/);
    await daemon.shutdown();
  },
);

/** Its name contains the version of PHP. */
const FPM = readdirSync("/usr/sbin")
  .map((name) => join("/usr/sbin", name))
  .find((path) => path.includes("php-fpm"));

e2e(
  "php-fpm runs as the cookbook says",
  without(FPM ?? "php-fpm") || withoutRoot(),
  async (rig) => {
    const socket = rig.path("fpm.sock");
    const pool = `[www]\nuser=www-data\ngroup=www-data\nlisten=${socket}\npm=ondemand\npm.max_children=2\n`;
    const words: Words = [
      [
        "/etc/php/8.2/fpm/php-fpm.conf",
        rig.write("fpm.ini", `[global]\nerror_log=/proc/self/fd/2\n${pool}`),
      ],
      ["/run/php/php8.2-fpm.sock", socket],
      ["/usr/sbin/php-fpm8.2", FPM ?? ""],
    ];
    await runs(rig, here(rig, example("cookbook", "php-fpm8.2"), words), "php-fpm");
  },
);

const NGINX = "/usr/sbin/nginx";

e2e("Node behind nginx runs as the cookbook says", without(NGINX, "/usr/bin/node"), async (rig) => {
  const app = String(await rig.findPort());
  const front = String(await rig.findPort());
  rig.write(
    "server.js",
    'require("http").createServer((_, to) => to.end("hello")).listen(process.env.PORT);\n',
  );
  const site = example("cookbook", "proxy_pass", "nginx")
    .replace("listen 80", `listen 127.0.0.1:${front}`)
    .replace("3000", app);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => {
    return `${kind}_temp_path ${rig.path(kind)};`;
  });
  const conf = rig.write(
    "nginx.cf",
    `pid ${rig.path("nginx.pid")};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary.join("\n")}\n${site}}\n`,
  );
  const words: Words = [
    ["3000", app],
    ["127.0.0.1:80", `127.0.0.1:${front}`],
    ['nginx -g "', `nginx -c ${conf} -g "`],
  ];
  const daemon = await rig.startWith(here(rig, example("cookbook", "server.js"), words));
  await daemon.logged(/success: nginx entered RUNNING/);
  assert.equal(await bodyOf(`http://127.0.0.1:${front}/`), "hello");
  await daemon.shutdown();
});

e2e("a job runs as the cookbook says", false, async (rig) => {
  const words: Words = [["/usr/local/bin/backup --to /srv/backup", "/bin/echo done"]];
  const daemon = await rig.startWith(here(rig, example("cookbook", "backup"), words));
  assert.equal((await rig.verb("start", "backup")).status, 0);
  await daemon.logged(/exited: backup \(exit status 0; expected\)/);
  await daemon.shutdown();
});

const EXPORTER = "/usr/bin/prometheus-node-exporter";

e2e("a single executable runs as the cookbook says", without(EXPORTER), async (rig) => {
  const words: Words = [
    ["/usr/local/bin/node_exporter", EXPORTER],
    ["9100", String(await rig.findPort())],
  ];
  await runs(rig, here(rig, example("cookbook", "node_exporter"), words), "metrics");
});
