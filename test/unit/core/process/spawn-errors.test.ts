// Why a program could not be started, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isHostFailure,
  lateText,
  type SpawnStage,
  type StartActivity,
  spawnErrorText,
} from "../../../../src/core/process/spawn-errors.ts";

const SUBJECT = { name: "web", argv0: "/bin/web", directory: "/srv", uid: 33 };

const TEXTS: readonly (readonly [SpawnStage, string, string])[] = [
  ["pipe", "EMFILE", "too many open files to spawn 'web'"],
  ["pipe", "ENFILE", "too many open files to spawn 'web'"],
  ["pipe", "ENOMEM", "unknown error making dispatchers for 'web': ENOMEM"],
  ["terminal", "no devpts", "couldn't give 'web' a terminal: no devpts"],
  ["fork", "EAGAIN", "Too many processes in process table to spawn 'web'"],
  ["fork", "ENOMEM", "unknown error during fork for 'web': ENOMEM"],
  ["groups", "EPERM", "couldn't setuid to 33: Could not set groups of effective user: EPERM"],
  ["gid", "EPERM", "couldn't setuid to 33: Could not set group id of effective user: EPERM"],
  ["uid", "EPERM", "couldn't setuid to 33: EPERM"],
  ["chdir", "ENOENT", "couldn't chdir to /srv: ENOENT"],
  ["exec", "ENOEXEC", "couldn't exec /bin/web: ENOEXEC"],
  ["session", "EPERM", "couldn't prepare the process of 'web' (session): EPERM"],
  ["stdio", "EBADF", "couldn't prepare the process of 'web' (stdio): EBADF"],
  ["rlimit", "EPERM", "couldn't prepare the process of 'web' (rlimit): EPERM"],
  ["find", "EAGAIN", "couldn't prepare the process of 'web' (find): EAGAIN"],
];

for (const [stage, errno, text] of TEXTS) {
  test(`${stage} ${errno}: ${text}`, () =>
    assert.equal(spawnErrorText(SUBJECT, stage, errno), text));
}

const LATE: readonly (readonly [StartActivity, string])[] = [
  ["user", "look up its user 33"],
  ["socket", "open its socket"],
  ["env_file", "read its env_file"],
  ["env_command", "run its env_command"],
  ["find", "find /bin/web"],
  ["chdir", "enter /srv and start"],
  ["exec", "enter /srv and start"],
];

for (const [activity, what] of LATE) {
  test(`a step that takes too long is named: ${what}`, () =>
    assert.equal(
      lateText(SUBJECT, activity, 5000),
      `'web' took longer than 5 seconds to ${what}: ETIMEDOUT`,
    ));
}

test("a shortage of the host is not the program's fault; an error of its files is", () => {
  for (const errno of ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "ETIMEDOUT"]) {
    assert.equal(isHostFailure(errno), true, errno);
  }
  for (const errno of ["ENOENT", "EACCES", "ENOEXEC", "EPERM"]) {
    assert.equal(isHostFailure(errno), false, errno);
  }
});
