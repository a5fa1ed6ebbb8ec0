// Remarks on the output of programs: options without effect, and files with two formats.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

function remarks(text: string): string[] {
  const world = fakeWorld({ "/etc/s.conf": `[supervisord]\n${text}` });
  return checkConfig("/etc/s.conf", world)
    .filter(({ rule }) => ["no-effect", "mixed-formats", "log-is-backup"].includes(rule))
    .map(({ line, key, message }) => `${line} ${key}: ${message}`);
}

const P = "[program:p]\ncommand=p\n";

test("rotation of a target that is no file has no effect", () => {
  assert.deepEqual(remarks(`${P}stdout_logfile=@stdout\nstdout_logfile_maxbytes=5MB\n`), [
    "5 stdout_logfile_maxbytes: stdout_logfile_maxbytes has no effect: @stdout is no file",
  ]);
  assert.deepEqual(remarks(`${P}stderr_logfile=@journal\nstderr_logfile_backups=3\n`), [
    "5 stderr_logfile_backups: stderr_logfile_backups has no effect: @journal is no file",
  ]);
  assert.deepEqual(remarks(`${P}stdout_logfile=@stdout\nstdout_logfile_maxbytes=0\n`), []);
  assert.deepEqual(remarks(`${P}stdout_logfile=@stdout\nstdout_logfile_compress=gzip\n`), [
    "5 stdout_logfile_compress: stdout_logfile_compress has no effect: @stdout is no file",
  ]);
  assert.deepEqual(remarks(`${P}stdout_logfile=/tmp/o\nstdout_logfile_maxbytes=5MB\n`), []);
});

test("compression of a log without backups has no effect", () => {
  const log = `${P}stdout_logfile=/tmp/o\nstdout_logfile_compress=gzip\n`;
  assert.deepEqual(remarks(`${log}stdout_logfile_backups=0\n`), [
    "5 stdout_logfile_compress: stdout_logfile_compress has no effect: stdout_logfile_backups=0 keeps no " +
      "backup to compress",
  ]);
  assert.deepEqual(remarks(log), []);
  assert.deepEqual(remarks(`${log}stdout_logfile_backups=1\n`), []);
  assert.deepEqual(remarks(`${log}stdout_logfile_backups=%(program_name)s\n`), []);
  assert.deepEqual(
    remarks(`${P}stdout_logfile=/tmp/o\nstdout_logfile_compress=none\nstdout_logfile_backups=0\n`),
    [],
  );
});

test("a format without a log that has lines in it has no effect", () => {
  const journal = "stdout_logfile=@journal\nstderr_logfile=@journal\n";
  assert.deepEqual(remarks(`${P}log_format=json\n${journal}log_timestamp=utc\n`), [
    "4 log_format: log_format has no effect: the journal has a format and times of its own",
    "7 log_timestamp: log_timestamp has no effect: the journal has a format and times of its own",
  ]);
  const none = "stdout_logfile=NONE\nredirect_stderr=true\n";
  assert.deepEqual(remarks(`${P}${none}log_format=json\n`), [
    "6 log_format: log_format has no effect: the program has no log",
  ]);
  assert.deepEqual(remarks(`${P}stdout_logfile=@journal\nlog_format=json\n`), []);
  assert.deepEqual(
    remarks(`${P}stdout_logfile=%(program_name)s\n${"stderr_logfile=NONE\n"}log_format=json\n`),
    [],
  );
});

test("a file with lines in two formats is pointed out once for each program", () => {
  const q = `[program:q]\ncommand=q\nnumprocs=2\nprocess_name=%(process_num)d\nstdout_logfile=/tmp/o\n`;
  assert.deepEqual(remarks(`${P}stdout_logfile=/tmp/o\nlog_format=json\n${q}`), [
    "10 stdout_logfile: /tmp/o gets lines in two formats: log_format=raw here, and json in [program:p]",
  ]);
  assert.deepEqual(remarks(`${P}stdout_logfile=/tmp/o\nlog_timestamp=utc\n${q}`), [
    "10 stdout_logfile: /tmp/o gets lines in two formats: log_format=raw here, and raw in [program:p], with " +
      "another log_timestamp",
  ]);
  assert.deepEqual(remarks(`${P}stdout_logfile=/tmp/o\n${q}`), []);
  assert.deepEqual(remarks(`${P}stdout_logfile=@stdout\nlog_format=json\n${q}`), []);
});

test("a log with the name of a backup of another one is moved by its rotation", () => {
  const programs = (backups: number): string =>
    `[program:a]\ncommand=a\nstdout_logfile=/tmp/a\nstdout_logfile_backups=${backups}\n` +
    "[program:b]\ncommand=b\nstdout_logfile=/tmp/a.2\n";
  assert.deepEqual(remarks(programs(2)), [
    "8 stdout_logfile: /tmp/a.2 has the name of a backup of the stdout_logfile of [program:a], " +
      "whose rotation moves and overwrites it",
  ]);
  assert.deepEqual(remarks(programs(1)), []);
});
