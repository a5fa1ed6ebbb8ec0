// The two text formats: names, labels, values and the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  endText,
  type Family,
  formatFor,
  headText,
  labelsText,
  sampleText,
} from "../../../../src/core/metrics/exposition.ts";
import { fc } from "../../../property.ts";

const COUNTER: Family = { name: "x", type: "counter", help: "Help." };
const HISTOGRAM: Family = { name: "x_seconds", type: "histogram", help: "Help." };

test("a client gets OpenMetrics if it accepts it", () => {
  const prometheus =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const later =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.1";
  for (const accept of [
    ...[prometheus, later, "application/openmetrics-text", "Application/OpenMetrics-Text; Q=0.5"],
    "text/plain, application/openmetrics-text; version=1.0.0",
  ]) {
    assert.equal(formatFor(accept), "openmetrics", accept);
  }
  for (const accept of [
    ...[null, "", "*/*", "text/plain", "application/json", "application/openmetrics-text;q=0"],
    ...["text/plain, application/openmetrics-text;q=0.9", "application/openmetrics-texts"],
    "application/openmetrics-text;q=x",
  ]) {
    assert.equal(formatFor(accept), "prometheus", String(accept));
  }
});

test("the comments of a counter have its suffix only in the format of Prometheus", () => {
  assert.equal(headText(COUNTER, "prometheus"), "# HELP x_total Help.\n# TYPE x_total counter\n");
  assert.equal(headText(COUNTER, "openmetrics"), "# HELP x Help.\n# TYPE x counter\n");
  assert.equal(sampleText(COUNTER, { labels: "", value: 2 }), "x_total 2\n");
});

test("a sample of a histogram has a suffix of its own", () => {
  const sample = { labels: 'method="a"', value: 0.25, suffix: "_sum" } as const;
  assert.equal(sampleText(HISTOGRAM, sample), 'x_seconds_sum{method="a"} 0.25\n');
});

test("only OpenMetrics has a last line", () => {
  assert.deepEqual([endText("prometheus"), endText("openmetrics")], ["", "# EOF\n"]);
});

test("no value of a label ends its quotes or its line", () => {
  assert.equal(labelsText({ a: 'b"c\\d\ne' }), 'a="b\\"c\\\\d\\ne"');
  fc.assert(
    fc.property(fc.string(), (value) => {
      const [, quoted = ""] = /^a="((?:[^"\\\n]|\\["\\n])*)"$/.exec(labelsText({ a: value })) ?? [];
      const read = quoted.replace(/\\(.)/g, (_, character: string) =>
        character === "n" ? "\n" : character,
      );
      assert.equal(read, value);
    }),
  );
});
