// The last lines of logs: first those of programs that are not running, with a limit for each, so that all fit.

import type { Probe } from "../facts/probe.ts";
import type { Situation } from "../facts/situation.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { BundleText } from "./model.ts";

const MAIN_BYTES = 256 * 1024;
const PROGRAM_BYTES = 16 * 1024;
/** For all programs together. */
const MOST_BYTES = 4 * 1024 * 1024;

/** One text for each existing log. */
export function logTexts(
  situation: Situation,
  probe: Probe,
  redactor: Redactor,
): readonly BundleText[] {
  const { programs } = situation;
  const texts: BundleText[] = [];
  const main = mainLog(situation);
  const mainText = lastLines(main, MAIN_BYTES, probe);
  if (mainText !== null) texts.push({ name: "logs/daemon.log", text: redactor.text(mainText) });
  const isUp = (state: string): number => (state === "RUNNING" ? 1 : 0);
  const ordered = [...(programs ?? [])].sort((left, right) => isUp(left.state) - isUp(right.state));
  const seen = new Set<string>();
  let room = MOST_BYTES;
  for (const { group, name, stdoutLog, stderrLog } of ordered) {
    for (const [channel, path] of [
      ["stdout", stdoutLog],
      ["stderr", stderrLog],
    ] as const) {
      if (path === "" || seen.has(path) || room <= 0) continue;
      seen.add(path);
      const text = lastLines(path, PROGRAM_BYTES, probe);
      if (text === null || text === "") continue;
      room -= text.length;
      const called = `${group}.${name}`.replace(/[^\w.-]/g, "_");
      texts.push({ name: `logs/${called}.${channel}.log`, text: redactor.text(text) });
    }
  }
  return texts;
}

/** Also for a configuration with errors: then the log contains the reason. */
function mainLog({ config, service }: Situation): string {
  if (config.daemon?.ok === true) return config.daemon.value.daemon.logfile;
  const written = config.raw?.sections.get("supervisord")?.options.get("logfile")?.value;
  return written?.startsWith("/") ? written : `${service.layout.logDirectory}/tsv.log`;
}

/** Whole lines only: part of a line could contain part of a secret, which redaction would not recognize. */
function lastLines(path: string, bytes: number, probe: Probe): string | null {
  const found = probe.look(path);
  if (!found.ok || found.kind !== "file") return null;
  const tail = probe.readTail(path, bytes);
  if (tail === null) return null;
  const text = new TextDecoder("utf-8").decode(tail);
  if (tail.length < bytes) return text;
  const firstEnd = text.indexOf("\n");
  return firstEnd < 0 ? "(one line that is too long)\n" : text.slice(firstEnd + 1);
}
