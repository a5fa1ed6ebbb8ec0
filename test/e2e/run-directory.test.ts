// The daemon of root creates the run directory of its service, as in a container where nothing else does (run-directory).

import assert from "node:assert/strict";
import { TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const CONFIG = `[unix_http_server]
file=/run/opt/tsv.sock
[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
exit_on=all
pidfile=/run/opt/tsv.pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:once]
command=stat -c %%a:%%U /run/opt
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
startsecs=0
autorestart=false
`;

/** Checks and runs a configuration at a path of a /run and an /etc/opt of their own. */
async function runAt(path: string, rig: Rig) {
  const script = `umask 077 && mount -t tmpfs run /run && mount -t tmpfs etc /etc/opt &&
    cp ${rig.write("d.conf", CONFIG)} ${path} && ${TSV} check ${path} && exec ${TSV} daemon -n -c ${path}`;
  return await rig.command(["unshare", "-m", "--propagation=private", "sh", "-c", script]);
}

e2e("a configuration of a service starts without its init system", withoutRoot(), async (rig) => {
  const { stdout, stderr, status } = await runAt("/etc/opt/tsv.conf", rig);
  assert.match(stdout, /^755:root$/m, stderr);
  assert.equal(status, 0, stderr);
});

e2e("the directory of another configuration stays missing", withoutRoot(), async (rig) => {
  const { stdout, status } = await runAt("/etc/opt/other.conf", rig);
  assert.match(
    stdout,
    /The directory named as part of the path \/run\/opt\/tsv\.pid does not exist/,
  );
  assert.equal(status, 1);
});
