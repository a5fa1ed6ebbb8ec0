// A user without an entry in /etc/passwd and without HOME, as containers have (`runAsUser: 12345`): no command needs either.

import assert from "node:assert/strict";
import { chownSync } from "node:fs";
import type { Outcome } from "./rig/command.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV, withoutRoot } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const UID = 12_345;
const skip = withoutRoot();

/** Before a command: that user, and an environment without anything. The mark finds what a failed test leaves. */
function asUnknown(rig: Rig): readonly string[] {
  const user = ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"];
  return [...user, "env", "-i", "PATH=/usr/bin:/bin", `TSV_E2E_RUN=${rig.mark}`];
}

/** What it prints, and its status at the end. */
async function said(rig: Rig, ...argv: readonly string[]): Promise<string> {
  const { stdout, stderr, status }: Outcome = await rig.command([...asUnknown(rig), ...argv]);
  const text = `${stdout}${stderr}(${status})`;
  assert.doesNotMatch(text, /failed unexpectedly|uv_os_/, argv.join(" "));
  return text;
}

e2e("a daemon and its commands need no account and no HOME", skip, async (rig) => {
  chownSync(rig.directory, UID, UID);
  const config = rig.configure("[program:up]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
  const tsv = (...words: string[]) => said(rig, TSV, ...words);
  assert.match(await tsv("check", "-c", config), /\(0\)$/);

  const daemon = rig.launch({ wrapper: asUnknown(rig) });
  await daemon.ready();
  await daemon.logged(/success: up/);
  assert.match(await tsv("status", "--check", "-c", config), /\(0\)$/);
  assert.match(
    await said(rig, TSV_BY_NAME.path("supervisorctl"), "-c", config, "status"),
    /^up +RUNNING/,
  );
  assert.match(await tsv("env", "-c", config, "up"), /SUPERVISOR_PROCESS_NAME/);
  assert.match(await tsv("why", "-c", config, "up"), /up/);
  assert.match(await tsv("logs", "-c", config, "up"), /\(0\)$/);
  await tsv("doctor", "-c", config);
  assert.match(await tsv("shutdown", "-c", config), /\(0\)$/);
  await daemon.ended();
});

e2e("commands that find nothing say so without an account", skip, async (rig) => {
  chownSync(rig.directory, UID, UID);
  assert.match(await said(rig, TSV, "run", "--", "/bin/true"), /exited with status 0[\s\S]*\(0\)$/);
  for (const words of [
    ["status", "--check"],
    ["check"],
    ["logs"],
    ["install", "--user", "--dry-run"],
  ]) {
    await said(rig, TSV, ...words);
  }
});
