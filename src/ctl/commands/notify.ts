// `tsv notify`: the receivers of alerts, and what became of their last messages; `tsv notify test NAME` sends one.

import { displayWidth, padRight } from "../../core/base/printable.ts";
import { agoText } from "../../core/why/restarts.ts";
import { isStruct, numberOf, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { doubleOf } from "../answers.ts";
import { faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import type { Item } from "../report.ts";

const GAP = 2;
const NOTIFY_USAGE = [
  ["notify", ""],
  ["notify test <name>", ""],
] as const;

/** @param now epoch milliseconds */
export async function runNotify(
  context: CommandContext,
  words: readonly string[],
  now: number,
): Promise<void> {
  const [action, name, ...others] = words;
  if (action === undefined) await showReceivers(context, now);
  else if (action !== "test" || name === undefined || others.length > 0) {
    context.misuse({ usage: NOTIFY_USAGE }, "Error: notify takes nothing, or test and a name");
  } else await testReceiver(context, name);
}

async function showReceivers(context: CommandContext, now: number): Promise<void> {
  if (!(await context.isUp())) return;
  const answer = await context.client.call("tsv.getReceivers");
  if (isUnknown(context, faultOf(answer))) return;
  const items = receiverItems(expectValue(answer), now);
  context.report.items(items);
  if (items.length > 0) return;
  await context.hint(async () => ({
    text: "no receiver of alerts is configured",
    steps: [["How to write one", "tsv help conf notify"]],
  }));
}

function isUnknown(context: CommandContext, fault: string | null): boolean {
  if (fault !== "UNKNOWN_METHOD") return false;
  context.fail("this daemon sends no alerts");
  return true;
}

/** One line and its data for each receiver. Pure. */
export function receiverItems(answer: XmlRpcValue, now: number): readonly Item[] {
  const rows = Array.isArray(answer) ? (answer as readonly XmlRpcValue[]).filter(isStruct) : [];
  const width = Math.max(0, ...rows.map((row) => displayWidth(textOf(row["name"]))));
  return rows.map((row) => {
    const [name, target, lastText] = ["name", "target", "last_text"].map((key) => textOf(row[key]));
    const numbers = ["sent", "failed", "dropped", "waiting", "lasting"].map((key) =>
      numberOf(row[key]),
    );
    const [sent = 0, failed = 0, dropped = 0, waiting = 0, lasting = 0] = numbers;
    const at = doubleOf(row["last_at_ms"]);
    const last = at === 0 ? null : { ok: row["last_ok"] === true, text: lastText ?? "", at };
    const counts = [
      `${sent} sent`,
      failed > 0 ? `${failed} failed` : "",
      dropped > 0 ? `${dropped} dropped` : "",
      waiting > 0 ? `${waiting} waiting` : "",
    ];
    const ago = last === null ? "" : agoText((now - last.at) / 1000);
    const ending = last === null || last.ok ? ago : `last failed ${ago}: ${last.text}`;
    const parts = [...counts, ending].filter((part) => part !== "");
    const line = `${padRight(name ?? "", width + GAP)}${target}; ${parts.join(", ")}`;
    return {
      line,
      data: {
        ...{ name: name ?? "", target: target ?? "", sent, failed, dropped, waiting, lasting },
        last,
      },
    };
  });
}

async function testReceiver(context: CommandContext, name: string): Promise<void> {
  if (!(await context.isUp())) return;
  const answer = await context.client.call("tsv.testReceiver", [name]);
  const fault = faultOf(answer);
  if (isUnknown(context, fault)) return;
  if (fault === "BAD_NAME") {
    context.failUnknown(name, `${name}: ERROR (no section [notify:${name}] is in effect)`);
    context.exitStatus = EXIT.GENERIC;
    return;
  }
  const result = expectValue(answer);
  const [isOk, text] = isStruct(result)
    ? [result["ok"] === true, textOf(result["text"])]
    : [false, ""];
  const line = isOk ? `${name}: sent (${text})` : `${name}: ERROR (not sent: ${text})`;
  context.report.items([{ line, data: { name, ok: isOk, text } }]);
  if (!isOk) context.exitStatus = EXIT.GENERIC;
}
