// Watching the terminal of a process: all its output, whatever its log keeps.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChannelConfig } from "../../../../src/core/config/model.ts";
import {
  FD,
  fakeWorld,
  LOG,
  processTo,
  running,
  WEB,
  type WorldOptions,
} from "../../../fakes/logs-world.ts";

const RED = "\x1b[31mred\x1b[0m";

function onTerminal(more: Partial<ChannelConfig> = {}, options: WorldOptions = {}) {
  return running(more, options, { isTerminal: true });
}

async function watch({ logs }: ReturnType<typeof onTerminal>) {
  const seen: string[] = [];
  const take = (bytes: Uint8Array): void => void seen.push(Buffer.from(bytes).toString());
  const follower = await logs.followScreen(WEB, 1024, take);
  assert.ok(follower.ok);
  return { seen, close: () => follower.value.close() };
}

test("a log that holds all of it is followed, so that nothing is missed or seen twice", async () => {
  const world = onTerminal();
  world.pipes.feed(FD, "before ");
  const { seen, close } = await watch(world);
  world.pipes.feed(FD, RED);
  await world.logs.flush();
  close();
  world.pipes.feed(FD, "after");
  await world.logs.flush();
  assert.equal(seen.join(""), `before ${RED}`);
});

test("with strip_ansi the log has no colours and the screen has", async () => {
  const world = onTerminal({}, { stripAnsi: true });
  world.pipes.feed(FD, `${RED} `);
  const { seen, close } = await watch(world);
  world.pipes.feed(FD, RED);
  assert.equal(seen.join(""), `red ${RED}`);
  close();
  world.pipes.feed(FD, "after");
  await world.logs.flush();
  assert.equal(seen.length, 2);
  assert.equal(world.files.text(LOG), "red redafter");
});

test("with capture the screen also shows output that the log does not get", async () => {
  const world = onTerminal({ captureMaxBytes: 100 });
  const { seen } = await watch(world);
  world.pipes.feed(FD, "a<!--XSUPERVISOR:BEGIN-->b<!--XSUPERVISOR:END-->c");
  assert.equal(seen.join(""), "a<!--XSUPERVISOR:BEGIN-->b<!--XSUPERVISOR:END-->c");
});

test("without a log the screen is there all the same, from now on", async () => {
  const world = onTerminal({ logfile: { kind: "none" } });
  world.pipes.feed(FD, "before");
  const { seen } = await watch(world);
  world.pipes.feed(FD, "now");
  assert.equal(seen.join(""), "now");
});

test("with the journal as its log, the screen begins with the newest output, as it was written", async () => {
  const world = onTerminal({ logfile: { kind: "journal" } });
  world.pipes.feed(FD, `${RED}\npart`);
  const { seen, close } = await watch(world);
  world.pipes.feed(FD, " two\n");
  close();
  assert.equal(seen.join(""), `${RED}\npart two\n`);
  assert.deepEqual(world.journal.texts, [RED, "part two"]);
});

test("the last words are shown before the process is forgotten", async () => {
  const world = onTerminal({ logfile: { kind: "none" } });
  const { seen } = await watch(world);
  world.pipes.watched.delete(FD);
  world.pipes.feed(FD, "last words");
  world.logs.detach(WEB);
  assert.equal(seen.join(""), "last words");
});

test("a process on pipes, and an unknown one, have no screen", async () => {
  const world = fakeWorld();
  world.logs.addProcess(processTo(LOG));
  const answer = await world.logs.followScreen(WEB, 0, () => {});
  assert.ok(!answer.ok);
  assert.equal(answer.error.name, "NO_FILE");
});
