// PostgreSQL, Redis and nginx of Debian with dependencies and readiness, as docs/dependencies.md describes: each as its own
// user, on a loopback port of its own.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Daemon } from "./rig/daemon.ts";
import { withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

const POSTGRES = "/usr/lib/postgresql";
const REDIS = "/usr/bin/redis-server";
const NGINX = "/usr/sbin/nginx";

/** The directory with initdb, postgres and psql of the newest version; null for none. */
const POSTGRES_BIN = existsSync(POSTGRES)
  ? (readdirSync(POSTGRES)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(POSTGRES, version, "bin"))
      .find((bin) => existsSync(join(bin, "initdb")) && existsSync(join(bin, "psql"))) ?? null)
  : null;

/** The reason to skip, or false. */
function withoutServers(...paths: readonly (string | null)[]): string | false {
  const absent = paths.map((path) => path ?? "PostgreSQL").filter((path) => !existsSync(path));
  if (absent.length > 0) return `${absent.join(", ")} missing; run make test-host`;
  return withoutRoot();
}

/** A directory that belongs to this user. */
function directoryOf(rig: Rig, user: string): string {
  const path = rig.path(user);
  mkdirSync(path);
  const id = (kind: string): number =>
    Number(execFileSync("id", [kind, user], { encoding: "utf8" }));
  chownSync(path, id("-u"), id("-g"));
  return path;
}

/** A new database and how it is run. INT: "fast shutdown", which does not wait for clients. */
async function database(rig: Rig): Promise<{ readonly section: string; readonly psql: string }> {
  const port = await rig.findPort();
  const home = directoryOf(rig, "postgres");
  const bin = POSTGRES_BIN ?? "";
  const initdb = [`${bin}/initdb`, "-D", `${home}/data`, "--auth=trust", "--no-sync", "-N"];
  execFileSync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", ...initdb], {
    cwd: home,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${home} -c fsync=off`;
  return {
    psql: `${bin}/psql -X -q -t -A -v ON_ERROR_STOP=1 -h ${home} -p ${port} -U postgres`,
    section: `[program:db]
command=${bin}/postgres -D ${home}/data ${options}
user=postgres
stopsignal=INT
ready_check=exec:${bin}/pg_isready -q -h 127.0.0.1 -p ${port}
ready_interval=100ms
`,
  };
}

async function cache(rig: Rig): Promise<string> {
  const port = await rig.findPort();
  const home = directoryOf(rig, "redis");
  return `[program:cache]
command=${REDIS} --bind 127.0.0.1 --port ${port} --save "" --dir ${home}
user=redis
ready_check=tcp://127.0.0.1:${port}
ready_interval=100ms
`;
}

async function webServer(rig: Rig): Promise<{ readonly section: string; readonly url: string }> {
  const port = await rig.findPort();
  const home = directoryOf(rig, "www-data");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  rig.write(
    "nginx.conf",
    `worker_processes 1;
pid ${home}/nginx.pid;
error_log stderr;
events {}
http {
${temporary.map((name) => `  ${name}_temp_path ${home}/${name};`).join("\n")}
  access_log off;
  server {
    listen 127.0.0.1:${port};
    location / { return 200 "it works"; }
  }
}
`,
  );
  const url = `http://127.0.0.1:${port}/`;
  const section = `[program:web]
command=${NGINX} -e stderr -c %(here)s/nginx.conf -g 'daemon off;'
user=www-data
ready_check=${url}
ready_interval=100ms
depends_on=db:ready, cache:ready, migrate:completed
`;
  return { section, url };
}

/** Names of the programs in the order of their starts. */
function spawned(daemon: Daemon): readonly string[] {
  return Array.from(textOf(daemon.log).matchAll(/spawned: '(\w+)'/g), ([, name = ""]) => name);
}

function assertBefore(names: readonly string[], first: string, later: string): void {
  const [one, other] = [names.indexOf(first), names.indexOf(later)];
  assert.ok(one >= 0 && one < other, `${first} before ${later}: ${names.join(", ")}`);
}

const pidOf = async (daemon: Daemon, name: string): Promise<number> =>
  Number((await daemon.info(name))["pid"]);

e2e(
  "a database, a migration, a cache, a web server and a worker come up in order; a killed database restarts what asks for it",
  withoutServers(POSTGRES_BIN, REDIS, NGINX),
  async (rig) => {
    const db = await database(rig);
    const redis = await cache(rig);
    const web = await webServer(rig);
    const daemon = await rig.startWith(`${web.section}
[program:worker]
command=/bin/sh -c '${db.psql} -c "insert into starts default values" && exec sleep 1000'
user=postgres
depends_on=migrate:completed
restart_with=db

[program:migrate]
command=${db.psql} -c "create table starts (at timestamptz default now())"
user=postgres
type=oneshot
depends_on=db:ready

${redis}
${db.section}`);
    await daemon.logged(/success: web entered/);
    await daemon.logged(/success: worker entered/);
    const names = spawned(daemon);
    assert.deepEqual([...names].sort(), ["cache", "db", "migrate", "web", "worker"]);
    for (const later of ["migrate", "web", "worker"]) assertBefore(names, "db", later);
    for (const later of ["web", "worker"]) assertBefore(names, "migrate", later);
    assertBefore(names, "cache", "web");
    assert.equal(await (await fetch(web.url)).text(), "it works");
    const before = await Promise.all(["web", "cache", "worker"].map((name) => pidOf(daemon, name)));

    process.kill(await pidOf(daemon, "db"), "SIGKILL");
    await daemon.logged(/success: worker entered/, 2);
    const after = await Promise.all(["web", "cache", "worker"].map((name) => pidOf(daemon, name)));
    assert.deepEqual(after.slice(0, 2), before.slice(0, 2), "those without restart_with go on");
    assert.notEqual(after[2], before[2]);
    const again = spawned(daemon).slice(names.length);
    assert.equal(again.at(-1), "worker");
    // The new database may have to wait until the processes of the killed one are gone.
    assert.deepEqual([...new Set(again)], ["db", "worker"], "the migration is not repeated");
    // Each insert of the worker succeeded: it was started when the database was ready.
    const count = execFileSync("/bin/sh", ["-c", `${db.psql} -c "select count(*) from starts"`]);
    assert.equal(String(count).trim(), "2");
    await daemon.shutdown();
    const stopped = Array.from(textOf(daemon.log).matchAll(/stopped: (\w+)/g), ([, name]) => name);
    assertBefore(stopped.map(String), "web", "db");
    assertBefore(stopped.map(String), "worker", "db");
  },
);
