// start, stop and restart: every line and exit status.

import { ok } from "../../../../src/core/base/result.ts";
import { FAULT_CODES } from "../../../../src/core/xmlrpc/faults.ts";
import { faultAnswer } from "../../../fakes/ctl-client.ts";
import { byName, result, testRows, YES } from "./rows.ts";

const STARTS = {
  startProcess: byName({
    good: YES,
    "g:p": YES,
    nofile: faultAnswer("NO_FILE"),
    noexec: faultAnswer("NOT_EXECUTABLE"),
    up: faultAnswer("ALREADY_STARTED"),
    bad: faultAnswer("SPAWN_ERROR"),
    odd: faultAnswer("ABNORMAL_TERMINATION"),
    left: faultAnswer("FAILED", "the daemon is being replaced"),
  }),
  startProcessGroup: byName({ g: ok([result("p", 80, "g"), result("q", 60, "g")]) }),
  startAllProcesses: ok([result("a", FAULT_CODES.SUCCESS), result("b", FAULT_CODES.SPAWN_ERROR)]),
};

testRows("start, stop and restart", [
  { line: "start good", answers: STARTS, out: "good: started\n", status: 0 },
  { line: "start g:p", answers: STARTS, out: "g:p: started\n", status: 0 },
  { line: "start nope", answers: STARTS, out: "nope: ERROR (no such process)\n", status: 1 },
  { line: "start nofile", answers: STARTS, out: "nofile: ERROR (no such file)\n", status: 1 },
  {
    line: "start noexec",
    answers: STARTS,
    out: "noexec: ERROR (file is not executable)\n",
    status: 1,
  },
  { line: "start up", answers: STARTS, out: "up: ERROR (already started)\n", status: 0 },
  { line: "start bad", answers: STARTS, out: "bad: ERROR (spawn error)\n", status: 7 },
  { line: "start odd", answers: STARTS, out: "odd: ERROR (abnormal termination)\n", status: 7 },
  {
    line: "start left",
    answers: STARTS,
    out: "FAILED: the daemon is being replaced\n",
    status: 1,
  },
  {
    line: "start g:*",
    answers: STARTS,
    out: "g:p: started\ng:q: ERROR (already started)\n",
    status: 0,
  },
  { line: "start x:", answers: STARTS, out: "x: ERROR (no such group)\n", status: 2 },
  { line: "start x all", answers: STARTS, out: "a: started\nb: ERROR (spawn error)\n", status: 7 },
  {
    line: "start nope bad",
    answers: STARTS,
    out: "nope: ERROR (no such process)\nbad: ERROR (spawn error)\n",
    status: 7,
  },
  {
    line: "start bad nope good",
    answers: STARTS,
    out: "bad: ERROR (spawn error)\nnope: ERROR (no such process)\ngood: started\n",
    status: 1,
  },
  { line: "start", answers: {}, out: "Error: start requires a process name\n", status: 2 },
  { line: "stop", answers: {}, out: "Error: stop requires a process name\n", status: 1 },
  { line: "restart", answers: {}, out: "Error: restart requires a process name\n", status: 1 },
  { line: "stop a", answers: { stopProcess: YES }, out: "a: stopped\n", status: 0 },
  {
    line: "stop a",
    answers: { stopProcess: faultAnswer("NOT_RUNNING") },
    out: "a: ERROR (not running)\n",
    status: 0,
  },
  {
    line: "stop a",
    answers: { stopProcess: faultAnswer("FAILED", "why") },
    out: "FAILED: why\n",
    status: 1,
  },
  {
    line: "stop a:",
    answers: { stopProcessGroup: faultAnswer("BAD_NAME") },
    out: "a: ERROR (no such group)\n",
    status: 1,
  },
  {
    line: "restart a",
    answers: { stopProcess: faultAnswer("NOT_RUNNING"), startProcess: YES },
    out: "a: ERROR (not running)\na: started\n",
    status: 0,
  },
]);
