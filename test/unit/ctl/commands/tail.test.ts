// tail and maintail: requests, output and errors.

import { ok } from "../../../../src/core/base/result.ts";
import { faultAnswer } from "../../../fakes/ctl-client.ts";
import { testRows } from "./rows.ts";

testRows("tail and maintail", [
  {
    line: "tail a",
    answers: { readProcessStdoutLog: ok("text\n") },
    out: "text\n\n",
    status: 0,
    calls: ["readProcessStdoutLog(a, -1600, 0)"],
  },
  {
    line: "tail -5 a STDERR",
    answers: { readProcessStderrLog: ok("x") },
    out: "x\n",
    status: 0,
    calls: ["readProcessStderrLog(a, -5, 0)"],
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: faultAnswer("NO_FILE") },
    out: "a: ERROR (no log file)\n",
    status: 1,
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: faultAnswer("FAILED") },
    out: "a: ERROR (unknown error reading log)\n",
    status: 1,
  },
  {
    line: "tail a",
    answers: { readProcessStdoutLog: faultAnswer("BAD_NAME") },
    out: "a: ERROR (no such process name)\n",
    status: 1,
  },
  { line: "tail", answers: {}, out: "Error: too few arguments\n", status: 1 },
  { line: "tail a b c d", answers: {}, out: "Error: too many arguments\n", status: 1 },
  { line: "tail -f", answers: {}, out: "Error: tail requires process name\n", status: 1 },
  { line: "tail a what's", answers: {}, out: `Error: bad channel "what's"\n`, status: 1 },
  { line: "tail -x a", answers: {}, out: "Error: bad argument -x\n", status: 1 },
  {
    line: "maintail",
    answers: { readLog: ok("m") },
    out: "m\n",
    status: 0,
    calls: ["readLog(-1600, 0)"],
  },
  { line: "maintail x", answers: {}, out: "Error: bad argument x\n", status: 1 },
  {
    line: "maintail",
    answers: { readLog: faultAnswer("NO_FILE") },
    out: "supervisord: ERROR (no log file)\n",
    status: 1,
  },
]);
