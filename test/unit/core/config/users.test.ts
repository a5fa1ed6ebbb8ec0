// Sections [user:x].

import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, readText } from "./fake-world.ts";

const usersOf = (lines: string) => readText(lines).users;
const problemOf = (lines: string) => errorOf(`[supervisord]\nuser=root\n${lines}\n`);

test("a configuration without such sections has no users", () => {
  assert.deepEqual(usersOf(""), []);
});

test("users are read in the order of the file; without more they only read", () => {
  const users = usersOf(
    "[user:ann]\npassword=p\n[user:bob]\ntoken=0123456789abcdef\nrole=operate\nprograms=web:*, db",
  );
  assert.deepEqual(users, [
    { name: "ann", password: "p", token: null, role: "read", programs: ["*"] },
    {
      ...{ name: "bob", password: null, token: "0123456789abcdef" },
      ...{ role: "operate", programs: ["web:*", "db"] },
    },
  ]);
});

test("mistakes are errors, because a user with a mistake could be allowed more than is meant", () => {
  for (const [lines, rule, key] of [
    ["[user:ann]", "missing-option", null],
    ["[user:ann]\nrole=admin", "missing-option", null],
    ["[user:ann]\npassword=", "value", "password"],
    ["[user:ann]\ntoken=", "value", "token"],
    ["[user:ann]\ntoken=short", "value", "token"],
    ["[user:ann]\ntoken=with blanks in between", "value", "token"],
    ["[user:ann]\ntoken={SHA256}abc", "value", "token"],
    ["[user:ann]\npassword={scrypt}x", "value", "password"],
    ["[inet_http_server]\nport=1\nusername=a\npassword={scrypt}x", "value", "password"],
    ["[unix_http_server]\nfile=/s\nusername=a\npassword={scrypt}x", "value", "password"],
    ["[user:ann]\npassword=p\nrole=root", "value", "role"],
    ["[user:ann]\npassword=p\nprograms=", "value", "programs"],
    ["[user:ann]\npassword=p\nprograms=,", "value", "programs"],
    ["[user:ann]\npassword=p\nrole=admin\nprograms=web", "combination", "programs"],
    ["[user:]\npassword=p", "value", null],
    ["[user:a b]\npassword=p", "value", null],
    ["[user:a:b]\npassword=p", "value", null],
  ] as const) {
    const error = problemOf(lines);
    assert.deepEqual([error.rule, error.key], [rule, key], lines);
  }
});

test("no error shows the secret", () => {
  for (const lines of ["token=hunter2", "password={scrypt}hunter2", "token={SHA256}hunter2"]) {
    assert.doesNotMatch(problemOf(`[user:ann]\n${lines}`).text, /hunter2/);
  }
});
