// signal, clear and pid: every line and exit status.

import { ok } from "../../../../src/core/base/result.ts";
import { faultAnswer } from "../../../fakes/ctl-client.ts";
import { byName, INFOS, info, result, testRows, YES } from "./rows.ts";

testRows("signal, clear and pid", [
  { line: "clear", answers: {}, out: "Error: clear requires a process name\n", status: 1 },
  {
    line: "signal HUP a",
    answers: { signalProcess: YES },
    out: "a: signalled\n",
    status: 0,
    calls: ["signalProcess(a, HUP)"],
  },
  {
    line: "signal X a",
    answers: { signalProcess: faultAnswer("BAD_SIGNAL") },
    out: "a: ERROR (bad signal name)\n",
    status: 1,
  },
  {
    line: "signal HUP a",
    answers: { signalProcess: faultAnswer("NOT_RUNNING") },
    out: "a: ERROR (not running)\n",
    status: 7,
  },
  {
    line: "signal HUP",
    answers: {},
    out: "Error: signal requires a signal name and a process name\n",
    status: 1,
  },
  {
    line: "signal HUP g:*",
    answers: { signalProcessGroup: ok([result("p", 80, "g")]) },
    out: "g:p: signalled\n",
    status: 0,
    calls: ["signalProcessGroup(g, HUP)"],
  },
  { line: "clear a", answers: { clearProcessLogs: YES }, out: "a: cleared\n", status: 0 },
  {
    line: "clear a",
    answers: { clearProcessLogs: faultAnswer("FAILED") },
    out: "a: ERROR (failed)\n",
    status: 1,
  },
  {
    line: "clear a",
    answers: { clearProcessLogs: faultAnswer("FAILED", "a:a: /root/a.log: EACCES") },
    out: "a: ERROR (failed)\n",
    status: 1,
  },
  {
    line: "clear a",
    answers: { clearProcessLogs: faultAnswer("FAILED", "a:a: /root/a.log: EACCES") },
    out: "a: ERROR (/root/a.log: permission denied)\n",
    status: 1,
    isOwn: true,
  },
  {
    line: "clear a",
    answers: { clearProcessLogs: faultAnswer("FAILED", "a") },
    out: "a: ERROR (failed)\n",
    status: 1,
    isOwn: true,
  },
  {
    line: "clear all",
    answers: {
      clearAllProcessLogs: ok([
        { name: "p", group: "g", status: 30, description: "FAILED: g:p: /b: no log" },
      ]),
    },
    out: "g:p: ERROR (/b: no log)\n",
    status: 1,
    isOwn: true,
  },
  {
    line: "clear g:*",
    answers: { ...INFOS, clearProcessLogs: YES },
    out: "g:p: cleared\n",
    status: 0,
  },
  { line: "clear x:*", answers: INFOS, out: "x: ERROR (no such group)\n", status: 1 },
  { line: "pid", answers: { getPID: ok(42) }, out: "42\n", status: 0 },
  { line: "pid all", answers: INFOS, out: "7\n0\n0\n", status: 0 },
  {
    line: "pid a b",
    answers: { getProcessInfo: byName({ a: ok(info("a", 20, "RUNNING", { pid: 7 })) }) },
    out: "7\nNo such process b\n",
    status: 1,
  },
  {
    line: "pid b",
    answers: { getProcessInfo: ok(info("b", 0, "STOPPED")) },
    out: "0\n",
    status: 7,
  },
]);
