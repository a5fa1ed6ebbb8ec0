import assert from "node:assert/strict";
import { test } from "node:test";
import { renderHtml, renderText, Written } from "../../../../src/core/base/template.ts";

test("values of a page are escaped, for text and for attributes, and HTML of ours is not", () => {
  const view = { text: `<b>"'&`, rows: [new Written("<tr>1</tr>"), "<tr>2</tr>"] };
  assert.equal(
    renderHtml('<p title="{{text}}">{{text}}</p>{{#rows}}{{.}}{{/rows}}', view),
    '<p title="&lt;b&gt;&quot;&#39;&amp;">&lt;b&gt;&quot;&#39;&amp;</p><tr>1</tr>&lt;tr&gt;2&lt;&#x2F;tr&gt;',
  );
});

test("values of other texts are written as the template's syntax wants them", () => {
  const quoted = (value: string): string => JSON.stringify(value);
  assert.equal(renderText("{{a}} {{b}}", { a: 'x"', b: new Written("y") }, quoted), '"x\\"" y');
});

test("a template that asks for raw text is refused", () => {
  for (const template of ["{{{x}}}", "{{& x}}"]) {
    assert.throws(() => renderHtml(template, { x: "<" }), /raw text/);
    assert.throws(() => renderHtml("{{> p}}", { x: "<" }, { p: template }), /raw text/);
  }
});
