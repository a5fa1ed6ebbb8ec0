// The parameters of the page of logs: wrong ones change nothing, and an address leads to the same view.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_LINES, queryText, readLogsQuery } from "../../../../src/core/web/logs-query.ts";
import { fc } from "../../../property.ts";

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);
const read = (query: string) => readLogsQuery(`/logs.html?${query}`, NOON, () => 0);

void test("all parameters are read, and wrong ones are left out", () => {
  const query = read(
    "name=web&name=pool:*&channel=stderr&level=warning&since=10m&search=a+b&lines=9&wrap=off",
  );
  assert.deepEqual(query.names, ["web", "pool:*"]);
  assert.equal(query.since, NOON - 600_000);
  const { channel, level, search, lines, isWrapped, problem } = query;
  assert.deepEqual(
    [channel, level, search, lines, isWrapped, problem],
    ["stderr", "warning", "a b", 9, false, null],
  );
  const none = readLogsQuery("/logs.html", NOON, () => 0);
  assert.deepEqual(read("name=&channel=x&level=__proto__&lines=-1&wrap=x"), none);
  assert.equal(none.since, null);
  assert.equal(read("lines=999999").lines, MOST_LINES);
  const wrong = read("since=soon");
  assert.equal(wrong.since, null);
  assert.match(wrong.problem ?? "", /^Since: 'soon' is not a time/);
});

void test("an address has all of a view, whatever it contains", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("name", "search", "since"), fc.string()), (given) => {
      const query = read(new URLSearchParams(given).toString());
      assert.deepEqual(read(queryText(query)), query);
    }),
  );
});
