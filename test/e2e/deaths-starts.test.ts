// What starts that failed leave in the memory that outlives a daemon.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { e2e } from "./rig/rig.ts";

/** As protocol.h of the keeper has them. */
const HEAD_BYTES = 40;
const PROGRAM_BYTES = 28;
const FDS_AT = 8;

/** The descriptors of programs that the successor of a daemon finds. */
function descriptorsOf(keeper: number, programs: number): readonly number[] {
  const environment = readFileSync(`/proc/${keeper}/environ`, "latin1");
  const memory = /TSV_KEEPER=(?:\d+,){3}(\d+),/.exec(environment)?.[1];
  const bytes = readFileSync(`/proc/${keeper}/fd/${memory}`);
  return Array.from({ length: programs * 3 }, (_, at) => {
    const program = HEAD_BYTES + Math.floor(at / 3) * PROGRAM_BYTES;
    return bytes.readInt32LE(program + FDS_AT + (at % 3) * 4);
  });
}

e2e("a start that fails leaves no descriptor: the number is another file's later", async (rig) => {
  const command = rig.write("bad", "#!/nonexistent\n");
  await rig.command(["chmod", "755", command]);
  const section = (name: string, more: string): string =>
    `[program:${name}]\ncommand=${command}\nstartretries=0\n${more}\n`;
  const daemon = await rig.startWith(section("pipes", "") + section("terminal", "tty=true"));
  await daemon.logged(/gave up: \w+ entered FATAL/, 2);
  assert.deepEqual(descriptorsOf(daemon.pid, 2), [-1, -1, -1, -1, -1, -1]);
});
