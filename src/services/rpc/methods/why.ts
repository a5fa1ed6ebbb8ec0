// tsv.getProcessExplanation: why a process is in its state, in words.

import type { Shape } from "../../../core/api/signature.ts";
import { err, ok } from "../../../core/base/result.ts";
import { SECOND } from "../../../core/base/time.ts";
import { sinceText } from "../../../core/config/decisions.ts";
import { explained, limitNotes } from "../../../core/why/explanation.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { int32 } from "../../../core/xmlrpc/value.ts";
import { explainProcess, WHY_BYTES, whyCommand } from "../../why/api.ts";
import { type Method, method } from "../method.ts";
import { resolveProcess } from "../namespec.ts";
import { text } from "../params.ts";

const WHY = {
  ...{ group: "string", name: "string", statename: "string", pid: "int", summary: "string" },
  ...{ start: "int", start_cause: "string", next_start: "string", health: ["string"] },
  ...{ scaled: "string", waits_for: [{ name: "string", statename: "string", text: "string" }] },
  ...{ exits: [{ end: "int", text: "string", times: "int" }], older: "string" },
  "output?": {
    ...{ channel: "string", path: "string", problem: "string", of_last_run: "boolean" },
    lines: ["string"],
  },
  "clue?": { line: "string", meaning: "string", advice: "string" },
  ...{ notes: ["string"], on_host: "string" },
} as const satisfies Shape;

export const WHY_METHODS: readonly Method[] = [
  method("getProcessExplanation", [text("name")], WHY, "read", {
    help:
      "Why a process is in its state, in words, as tsv why explains it: group, name, statename, pid, summary (one or two sentences), " +
      "start (seconds since 1970; 0 for never) and start_cause, next_start (empty where that does not matter), health, scaled, " +
      "waits_for (the programs that it waits for, the nearest first: name, statename, text), exits (the last ten, newest first, those " +
      "that are equal in one: end in seconds since 1970, text, times), older (runs that are not among them), output (the end of the log " +
      "that explains most: channel, path, problem, of_last_run (false if the lines may be of any run: the place of the last run is unknown, or in a compressed backup), lines; absent for none), clue (the error in it that explains the last exit: line, " +
      "meaning, advice; absent if it is unknown), notes. Secrets in lines are hidden as far as they are recognized. on_host is the command that tells on the host of the daemon " +
      "what only its files do: who has killed it, what is wrong with its command, directory and logs, and what to do. Fault: BAD_NAME.",
    always: true,
    async run({ supervisor, logs }, [name], work) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const refused = await work.reserve(WHY_BYTES);
      if (refused !== null) return err(refused);
      const why = await explainProcess({ supervisor, logs }, process.value);
      if (why === null) return err(fault("BAD_NAME", name));
      const { history, config, waitsFor, output, clue } = why;
      const { startCause, nextStart, exits, ...said } = explained(history, (seconds) =>
        sinceText(seconds * SECOND),
      );
      return ok({
        ...{ group: history.group, name: history.name, statename: history.state },
        ...{ pid: history.pid, summary: said.summary },
        ...{ start: int32(history.start), start_cause: startCause, next_start: nextStart },
        ...{ health: [...said.health], scaled: said.scaled },
        waits_for: waitsFor.map((one) => ({
          ...{ name: one.name, statename: one.state, text: one.text },
        })),
        exits: exits.map(({ end, ...exit }) => ({ end: int32(end), ...exit })),
        older: said.older,
        ...(output === null
          ? {}
          : {
              output: {
                ...{ channel: output.channel, path: output.path, problem: output.problem ?? "" },
                ...{ of_last_run: output.isOfLastRun, lines: [...(output.lines ?? [])] },
              },
            }),
        ...(clue === null
          ? {}
          : { clue: { line: clue.line, meaning: clue.meaning, advice: clue.advice } }),
        notes: [...limitNotes(history, config)],
        on_host: whyCommand(supervisor, process.value),
      });
    },
  }),
];
