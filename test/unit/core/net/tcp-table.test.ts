// Whose a TCP server is: tables as Linux prints them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback, usersBehind } from "../../../../src/core/net/tcp-table.ts";
import { fc } from "../../../property.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const V4 = `${HEAD}
   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 34567 1 0 100 0 0 10 0
   1: 00000000:232A 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 34568 1 0 100 0 0 10 0
   2: 0100007F:232B 0100007F:D431 01 00000000:00000000 00:00000000 00000000    44        0 34569 1 0 20 4 30 10 -1
   3: 0100007F:D431 0100007F:232B 01 00000000:00000000 00:00000000 00000000     0        0 34570 1 0 20 4 30 10 -1
   4: 0100007F:2329 0100007F:D432 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
`;
const V6 = `${HEAD}
   0: 00000000000000000000000001000000:232C 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    55        0 5 1
   1: 00000000000000000000000000000000:232D 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    66        0 6 1
   2: 0000000000000000FFFF00000100007F:232E 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    77        0 7 1
`;

const at = (address: string, port: number) => ({ address, port });
const behind = (address: string, port: number, client = 54321) =>
  usersBehind([V4, V6], at(address, port), at(address, client));

test("the user who listens is found, at its address or at all", () => {
  assert.deepEqual(behind("127.0.0.1", 9001), [1000]);
  assert.deepEqual(behind("127.0.0.1", 9002), [33]);
  assert.deepEqual(behind("::1", 9004), [55]);
  assert.deepEqual(behind("::1", 9005), [66]);
  assert.deepEqual(behind("127.0.0.1", 9005), [66], "an IPv6 socket takes IPv4, too");
  assert.deepEqual(behind("127.0.0.1", 9006), [77], "written as IPv6");
  assert.deepEqual(behind("::ffff:127.0.0.1", 9001), [1000]);
  assert.deepEqual(behind("127.0.0.1", 9010), []);
});

test("once a connection is accepted, who has it counts, and before it who listens", () => {
  assert.deepEqual(behind("127.0.0.1", 9003, 0xd431), [44]);
  assert.deepEqual(behind("127.0.0.1", 9001, 0xd432), [1000], "no file has it yet");
});

test("addresses of this host are distinguished from others", () => {
  for (const own of ["127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"]) {
    assert.ok(isLoopback(own), own);
  }
  for (const other of ["128.0.0.1", "10.127.0.0", "::2", "fe80::1%lo", "", "localhost"]) {
    assert.ok(!isLoopback(other), other);
  }
});

test("no table and no address makes it fail", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (table, address) => {
      usersBehind([table, `${HEAD}\n${table}`], at(address, 1), at(address, 2));
    }),
  );
});
