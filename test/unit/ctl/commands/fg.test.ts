// fg before it has a terminal: mistakes and programs that are not there.

import { ok } from "../../../../src/core/base/result.ts";
import { faultAnswer } from "../../../fakes/ctl-client.ts";
import { info, testRows } from "./rows.ts";

testRows("fg", [
  { line: "fg", answers: {}, out: "ERROR: no process name supplied\n", status: 1 },
  { line: "fg a b", answers: {}, out: "ERROR: too many process names supplied\n", status: 1 },
  {
    line: "fg a",
    answers: { getProcessInfo: faultAnswer("BAD_NAME") },
    out: "ERROR: bad process name supplied\n",
    status: 1,
  },
  {
    line: "fg a",
    answers: { getProcessInfo: ok(info("a", 0, "STOPPED")) },
    out: "ERROR: process not running\n",
    status: 1,
  },
]);
