// Questions to a name service that hangs: asked once for all, two at a time, and forgotten by those that give up.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lookups } from "../../../../src/host/system/accounts.ts";

/** A service that answers when the test says so. */
class Service {
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly #answer: (() => void)[] = [];
  readonly lookups = new Lookups<string, string>((key) => {
    this.asked.push(key);
    return new Promise((resolve) => this.#answer.push(() => resolve(`${key}!`)));
  });

  ask(...keys: readonly string[]): (() => void)[] {
    return keys.map((key) => this.lookups.ask(key, (answer) => void this.told.push(answer)));
  }

  /** Answers the question of that number. */
  async answer(index: number): Promise<void> {
    this.#answer[index]?.();
    await new Promise(setImmediate);
  }
}

test("a thousand programs of one user share a lookup in progress, then a new one is made", async () => {
  const service = new Service();
  service.ask(...Array<string>(1000).fill("www"));
  assert.deepEqual(service.asked, ["www"]);
  await service.answer(0);
  assert.deepEqual(service.told, Array<string>(1000).fill("www!"));
  service.ask("www");
  assert.deepEqual(service.asked, ["www", "www"]);
});

test("two questions hang and no more; the others have their turn, in order", async () => {
  const service = new Service();
  service.ask("a", "b", "c", "d", "c");
  assert.deepEqual(service.asked, ["a", "b"]);
  await service.answer(1);
  assert.deepEqual(service.asked, ["a", "b", "c"]);
  await service.answer(2);
  assert.deepEqual(service.told, ["b!", "c!", "c!"]);
  assert.deepEqual(service.asked, ["a", "b", "c", "d"]);
});

test("a caller that gives up gets no answer, and a lookup without callers is not made", async () => {
  const service = new Service();
  const [a, , c, again] = service.ask("a", "b", "c", "c", "d");
  a?.();
  c?.();
  again?.();
  await service.answer(0);
  assert.deepEqual(service.told, []);
  assert.deepEqual(service.asked, ["a", "b", "d"]);
  again?.(); // once more does nothing
  await service.answer(2);
  assert.deepEqual(service.told, ["d!"]);
});

test("a caller that gives up while others are answered gets no answer", async () => {
  const service = new Service();
  const forget: (() => void)[] = [];
  service.lookups.ask("a", () => forget[0]?.());
  forget.push(...service.ask("a"));
  await service.answer(0);
  assert.deepEqual(service.told, []);
});
