// Admission to a pool that programs share: no program and no user gets all of it, and none that waits is forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Claim, Places } from "../../../../src/core/base/places.ts";

function claim(program: string, over: Partial<Claim> = {}): Claim {
  return { program, uid: null, isSuspect: false, ...over };
}

/** Takes places until there is none. @returns how many it got */
function takeAll(places: Places, one: Claim): number {
  let count = 0;
  while (places.take(one)) count += 1;
  return count;
}

test("a program gets half of the places, and each other one half of the rest", () => {
  const places = new Places(64);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((program) => takeAll(places, claim(program))),
    [32, 16, 8, 4],
  );
});

test("programs of a user share less than half of the places; root has no such limit", () => {
  const places = new Places(64);
  const taken = ["a", "b", "c"].map((program) => takeAll(places, claim(program, { uid: 33 })));
  assert.deepEqual(taken, [22, 7, 2]);
  assert.equal(takeAll(places, claim("d", { uid: 0 })), 17);
  assert.equal(takeAll(places, claim("e", { uid: 44 })), 6);
});

test("programs whose last attempt failed leave a quarter to others", () => {
  const places = new Places(64);
  const suspects = ["a", "b", "c", "d"].map((program) =>
    takeAll(places, claim(program, { isSuspect: true })),
  );
  assert.deepEqual(suspects, [32, 16, 0, 0]);
  assert.ok(places.take(claim("e")));
});

test("programs that wait take turns, however many of one wait", () => {
  const places = new Places(2);
  const order: string[] = [];
  assert.ok(places.take(claim("x")));
  for (let i = 0; i < 3; i += 1) places.wait(claim("a"), () => order.push("a"));
  places.wait(claim("b"), () => order.push("b"));
  places.leave(claim("x"));
  for (const program of ["a", "b", "a"]) places.leave(claim(program));
  assert.deepEqual(order, ["a", "b", "a", "a"]);
});

test("a wait that was cancelled gets no place", () => {
  const places = new Places(2);
  places.take(claim("x"));
  const cancel = places.wait(claim("a"), () => assert.fail("it was cancelled"));
  cancel();
  places.leave(claim("x"));
});

const program = fc.constantFrom("a", "b", "c", "d", "e");
const uid = fc.constantFrom(null, 0, 33, 44);
const step = fc.record({ program, uid, isSuspect: fc.boolean(), leaves: fc.boolean() });

test("the pool holds its limits and shares, and who waits gets in once the others have left", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step), (most, steps) => {
      const places = new Places(most);
      const inside: Claim[] = [];
      let waiting = 0;
      const check = (one: Claim): void => {
        inside.push(one);
        const before = most - inside.length + 1;
        const ofProgram = inside.filter((each) => each.program === one.program).length - 1;
        assert.ok(inside.length <= most);
        assert.ok(ofProgram < before, `${ofProgram} of ${before}`);
      };
      const leaveOne = (): void => {
        const one = inside.shift();
        if (one !== undefined) places.leave(one);
      };
      for (const { leaves, ...one } of steps) {
        if (leaves) leaveOne();
        else if (places.take(one)) check(one);
        else {
          waiting += 1;
          places.wait(one, () => {
            waiting -= 1;
            check(one);
          });
        }
      }
      while (inside.length > 0) leaveOne();
      assert.equal(waiting, 0);
    }),
  );
});
