// Tests that are known to fail now and then: test/flaky.json. An entry excuses its test for a week.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MOST_ENTRIES = 10;
const DAYS = 7;
const MS_PER_DAY = 24 * 60 * 60 * 1000;
/** Of the output of a failure, for the entry. */
const EXCERPT = 600;

/**
 * @typedef {{ file: string, test: string, first: string, seed: string | null, output: string, expires: string }} Entry
 *   dates are YYYY-MM-DD, UTC
 * @typedef {{ file: string, test: string, reason: string }} Failure
 */

/**
 * @param {string} root
 * @returns {Entry[]}
 */
export function readFlaky(root) {
  const path = join(root, "test/flaky.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
}

/**
 * @param {readonly Entry[]} entries
 * @param {Date} now
 * @returns {string[]} why the list itself fails a run
 */
export function flakyProblems(entries, now) {
  const problems = entries
    .filter(({ expires }) => expires < day(now))
    .map(({ file, test, expires }) => `test/flaky.json: ${file}: ${test}: expired on ${expires}`);
  if (entries.length > MOST_ENTRIES) {
    problems.push(
      `test/flaky.json: ${entries.length} entries, at most ${MOST_ENTRIES} are allowed`,
    );
  }
  return problems;
}

/**
 * @param {readonly Entry[]} entries
 * @param {Failure} failure
 */
export function isListed(entries, { file, test }) {
  return entries.some((entry) => entry.file === file && entry.test === test);
}

/**
 * @param {Failure} failure
 * @param {Date} now
 * @returns {Entry} what to add to the list for a new one
 */
export function entryFor({ file, test, reason }, now) {
  const seed = /\bseed\W{0,4}(-?\d+)/i.exec(reason)?.[1] ?? process.env["SEED"] ?? null;
  const expires = day(new Date(now.getTime() + DAYS * MS_PER_DAY));
  return { file, test, first: day(now), seed, output: reason.slice(0, EXCERPT), expires };
}

/** @param {Date} date */
function day(date) {
  return date.toISOString().slice(0, 10);
}
