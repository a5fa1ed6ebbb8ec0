// The dashboard for Grafana has what Grafana's schema requires (Dashboard, Panel and VariableModel of @grafana/schema 11), and
// nothing that an import would resolve to another panel. test/clients/prometheus.test.ts has Prometheus run its expressions.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: unknown;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource: unknown;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets: readonly Target[];
  readonly fieldConfig: { readonly defaults: object; readonly overrides: readonly unknown[] };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: unknown;
  readonly datasource?: unknown;
}

const DASHBOARD = JSON.parse(
  readFileSync("packaging/monitoring/tsv-dashboard.json", "utf8"),
) as Readonly<Record<string, unknown>> & {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const { panels, templating } = DASHBOARD;
const SOURCE = { type: "prometheus", uid: "${datasource}" };
/** Of Grafana itself. */
const BUILT_IN = /^__/;
const COLUMNS = 24;

function unique(values: readonly unknown[]): void {
  assert.deepEqual(values, [...new Set(values)]);
}

test("the dashboard has a name of its own, and no id of a Grafana that it comes from", () => {
  assert.match(String(DASHBOARD["uid"]), /^[\w-]{8,40}$/);
  assert.ok(Number.isInteger(DASHBOARD["schemaVersion"]));
  assert.deepEqual([DASHBOARD["id"] ?? null, DASHBOARD["title"]], [null, "tsv"]);
});

test("each panel has an id, a place and a title of its own", () => {
  unique(panels.map(({ id }) => id));
  unique(panels.map(({ title }) => title));
  const cells = panels.flatMap(({ gridPos: { x, y, w, h }, title }) => {
    assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= COLUMNS, title);
    const rows = Array.from({ length: h }, (_, row) => row);
    return rows.flatMap((row) => Array.from({ length: w }, (_, at) => `${x + at},${y + row}`));
  });
  unique(cells);
});

test("each panel has a type, fields, and targets that ask the source that the user chooses", () => {
  for (const { id, type, title, datasource, targets, fieldConfig } of panels) {
    assert.ok(Number.isInteger(id) && id > 0, title);
    assert.ok(["stat", "state-timeline", "timeseries"].includes(type), `${title}: ${type}`);
    assert.deepEqual(datasource, SOURCE, title);
    assert.ok(Array.isArray(fieldConfig.overrides) && fieldConfig.defaults !== undefined, title);
    assert.ok(targets.length > 0, title);
    unique(targets.map(({ refId }) => refId));
    for (const target of targets) {
      assert.deepEqual(target.datasource, SOURCE, title);
      assert.ok(target.refId !== "" && target.expr !== "", title);
    }
  }
});

test("each variable that is used is defined before, and each that is defined is used", () => {
  const [source, ...others] = templating.list;
  assert.deepEqual([source?.type, source?.query], ["datasource", "prometheus"]);
  for (const { name, type, datasource } of others) {
    assert.deepEqual([type, datasource], ["query", SOURCE], name);
  }
  const used = (value: unknown): readonly string[] => {
    const found = JSON.stringify(value).matchAll(/\$\{?(\w+)/g);
    return Array.from(found, ([, name = ""]) => name).filter((name) => !BUILT_IN.test(name));
  };
  const defined = templating.list.map(({ name }) => name);
  for (const [place, variable] of templating.list.entries()) {
    const { name, type, datasource, query } = variable;
    for (const one of used([type, datasource ?? null, query])) {
      assert.ok(defined.slice(0, place).includes(one), `${name} uses ${one}`);
    }
  }
  assert.deepEqual([...new Set(used(panels))].sort(), [...defined].sort());
});
