// CONF-004: bytes that are not UTF-8.

import type { Probe } from "../../facts/probe.ts";
import type { Repair } from "../../model.ts";
import { rewriteStep } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";

const MOST_BYTES = 1 << 20;

export const ENCODING = defineCheck({
  code: "CONF-004",
  area: "config",
  title: "configuration is not UTF-8",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`Error: 'utf-8' codec can't decode byte 0xe9 in position 812: invalid continuation byte`; with Supervisor in the C locale also `'ascii' codec can't decode byte ...`.",
    cause:
      "The file was saved in another encoding, such as Latin-1, GBK or UTF-16. tsv always reads UTF-8, regardless of the locale.",
    repair:
      "With --fix, doctor converts a UTF-16 file after you confirm, because the byte order mark identifies it. If only comments are affected, doctor converts them from Windows-1252, because the daemon ignores comments. Otherwise doctor cannot know the encoding: run `iconv -f ENCODING -t UTF-8`.",
  },
  look(situation, probe) {
    return problemsOf(situation, "CONF-004").map((problem) => {
      const bytes = probe.readHead(problem.file, MOST_BYTES);
      const { line, isComment } = whereIn(bytes);
      return problemFinding({ ...problem, line }, situation, {
        cause: "The file is not encoded in UTF-8.",
        evidence: line === null ? [] : [`line ${line}${isComment ? ", in a comment" : ""}`],
        repair: repairOf(problem.file, bytes, isComment, probe),
      });
    });
  },
});

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function isBadText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return false;
  } catch {
    return true;
  }
}

/** The first line that is not UTF-8, and whether all such lines are comments. */
function whereIn(bytes: Uint8Array | null): {
  readonly line: number | null;
  readonly isComment: boolean;
} {
  if (bytes === null || isUtf16(bytes)) return { line: null, isComment: false };
  let line = 0;
  let first: number | null = null;
  let isComment = true;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at) < 0 ? bytes.length : bytes.indexOf(10, at);
    const source = bytes.subarray(at, end);
    line += 1;
    at = end + 1;
    if (!isBadText(source)) continue;
    first ??= line;
    isComment &&= /^\s*[;#]/.test(latin(source));
  }
  return { line: first, isComment: isComment && first !== null };
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder("windows-1252").decode(bytes);
}

function repairOf(
  file: string,
  bytes: Uint8Array | null,
  isComment: boolean,
  probe: Probe,
): Repair {
  const from = bytes !== null && isUtf16(bytes) ? "UTF-16" : "WINDOWS-1252";
  const name = shellWord(file);
  const command = `iconv -f ${from} -t UTF-8 ${name} >${name}.new && cat ${name}.new >${name}`;
  const isKnown = from === "UTF-16" || isComment;
  if (!isKnown || bytes === null || bytes.length >= MOST_BYTES) {
    return byHand("Convert the file to UTF-8 from the encoding that it was saved in", [command]);
  }
  const little = bytes[0] === 0xff;
  const text =
    from === "UTF-16"
      ? new TextDecoder(little ? "utf-16le" : "utf-16be").decode(bytes)
      : convertBadLines(bytes);
  const advice = `Convert the file from ${from} to UTF-8`;
  const step = rewriteStep(file, text, "in UTF-8", probe);
  if (step === null) return byHand(advice, [command]);
  return { class: "B", advice, commands: [command], steps: [step] };
}

/** Lines that are UTF-8 stay unchanged; a file may contain both. */
function convertBadLines(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found + 1;
    const line = bytes.subarray(at, end);
    text += isBadText(line)
      ? latin(line)
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
    at = end;
  }
  return text;
}
