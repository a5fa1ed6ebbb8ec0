// `tsv mcp` with the client of the official SDK.

import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const PROGRAMS = `
[program:web]
command=sh -c 'echo hello; exec sleep 1000'
startsecs=0
[program:db]
command=sleep 1000
startsecs=0
`;

async function connect(rig: Rig, args: readonly string[], env: Record<string, string> = {}) {
  const client = new Client({ name: "test", version: "1" });
  const command = ["mcp", ...args];
  const transport = new StdioClientTransport({
    command: TSV,
    args: command,
    env,
    cwd: rig.directory,
  });
  await client.connect(transport);
  const call = async (name: string, given: Record<string, unknown> = {}) => {
    const result = await client.callTool({ name, arguments: given });
    const [{ text } = { text: "" }] = result.content as readonly { readonly text: string }[];
    return [result.isError === true ? "error" : "answer", text] as const;
  };
  const tools = async () => new Map((await client.listTools()).tools.map((one) => [one.name, one]));
  return { client, call, tools };
}

e2e("an assistant reads by default, and acts only with --allow", async (rig) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: web/);
  const reader = await connect(rig, ["-c", daemon.config]);
  assert.match(reader.client.getInstructions() ?? "", /process manager/);
  const reads = await reader.tools();
  assert.ok([...reads.values()].every(({ annotations }) => annotations?.readOnlyHint === true));
  assert.ok(!reads.has("system_multicall"));
  const [kind, text] = await reader.call("supervisor_get_process_info", { name: "web" });
  assert.deepEqual([kind, JSON.parse(text).statename], ["answer", "RUNNING"]);
  const [, why] = await reader.call("tsv_get_process_explanation", { name: "web" });
  const { summary, on_host: command } = JSON.parse(why);
  assert.match(summary, /^It is running with pid \d+\.$/);
  assert.equal(command, `tsv why -c ${daemon.config} web`);
  const log = { name: "web", offset: 0, length: 0 };
  const output = await reader.call("supervisor_read_process_stdout_log", log);
  assert.deepEqual(output, ["answer", "hello\n"]);
  const unknown = await reader.call("supervisor_get_process_info", { name: "no" });
  assert.deepEqual(unknown, ["error", "There is no program or group of this name (BAD_NAME: no)"]);
  for (const name of ["supervisor_stop_process", "system_multicall", "supervisor_shutdown"]) {
    assert.deepEqual(await reader.call(name, { name: "web" }), [
      "error",
      `there is no tool ${name}`,
    ]);
  }
  await reader.client.close();

  const operator = await connect(rig, ["--allow", "control", "-c", daemon.config]);
  const acts = await operator.tools();
  assert.equal(acts.get("supervisor_stop_process")?.annotations?.destructiveHint, true);
  assert.ok(!acts.has("tsv_apply") && !acts.has("supervisor_shutdown"));
  const stopped = await operator.call("supervisor_stop_process", { name: "web" });
  assert.deepEqual(stopped, ["answer", "true"]);
  await daemon.logged(/stopped: web/);
  const wrong = await operator.call("supervisor_stop_process", { nam: "web" });
  assert.deepEqual(wrong, ["error", 'there is no parameter "nam": name, wait']);
  await daemon.shutdown();
  const [, gone] = await operator.call("supervisor_get_state");
  assert.match(gone, /no daemon is running|no longer running/);
  await operator.client.close();
});

e2e("an assistant with a user's password has the tools of its role", async (rig) => {
  const port = await rig.findPort();
  const daemon = await rig.startWith(
    `[inet_http_server]\nport=127.0.0.1:${port}
[user:ann]\npassword=look
[user:deploy]\npassword=act\nrole=operate\nprograms=web
${PROGRAMS}`,
  );
  await daemon.logged(/success: web/);
  const options = ["--allow=configure", "-s", `http://127.0.0.1:${port}`];
  const ann = await connect(rig, [...options, "-u", "ann"], { TSV_PASSWORD: "look" });
  const tools = [...(await ann.tools()).values()];
  assert.ok(tools.length > 20 && tools.every((one) => one.annotations?.readOnlyHint === true));
  await ann.client.close();
  const deploy = await connect(rig, [...options, "-u", "deploy"], { TSV_PASSWORD: "act" });
  assert.ok((await deploy.tools()).has("tsv_restart_process"));
  assert.ok(!(await deploy.tools()).has("tsv_apply"));
  const [kind, text] = await deploy.call("supervisor_stop_process", { name: "db" });
  assert.deepEqual([kind, text.includes("BAD_NAME")], ["error", true]);
  await deploy.client.close();
  await daemon.shutdown();
});

e2e("tsv mcp says on standard error why it cannot begin", async (rig) => {
  const config = rig.configure(PROGRAMS);
  const rows: readonly (readonly [args: readonly string[], status: number, error: RegExp])[] = [
    [["-c", config], 1, /no daemon is running/],
    [["-c", config, "web"], 2, /mcp takes no names/],
    [["-c", config, "--allow", "shutdown"], 2, /--allow takes control or configure/],
    [["-c", config, "-p", "-"], 2, /TSV_PASSWORD/],
    [["-c", rig.path("no.conf")], 2, /no\.conf/],
  ];
  for (const [args, status, error] of rows) {
    const done = await rig.tsv("mcp", ...args);
    assert.equal(done.status, status, args.join(" "));
    assert.match(done.stderr, error);
    assert.equal(done.stdout, "");
  }
});
