// avail, reread, add, remove and update: every line and exit status.

import { ok } from "../../../../src/core/base/result.ts";
import { faultAnswer } from "../../../fakes/ctl-client.ts";
import { INFOS, info, result, SHUTTING, testRows, YES } from "./rows.ts";

const OPTIONS = ok([{ group: "c", options: ["command", "stopsignal"] }]);
const ADDED = ok([[["n"], ["c"], ["r"]]]);

testRows("the actions on the configuration", [
  {
    line: "avail",
    answers: { getAllConfigInfo: SHUTTING },
    out: "ERROR: supervisor shutting down\n",
    status: 1,
  },
  {
    line: "reread",
    answers: { reloadConfig: ADDED },
    out: "c: changed\nn: available\nr: disappeared\n",
    status: 0,
  },
  {
    line: "reread",
    answers: { reloadConfig: ok([[[], [], []]]) },
    out: "No config updates to processes\n",
    status: 0,
  },
  {
    line: "reread",
    answers: { reloadConfig: faultAnswer("CANT_REREAD", "bad") },
    out: "ERROR: CANT_REREAD: bad\n",
    status: 1,
  },
  {
    line: "reread",
    answers: { reloadConfig: SHUTTING },
    out: "ERROR: supervisor shutting down\n",
    status: 1,
  },
  { line: "add g", answers: { addProcessGroup: YES }, out: "g: added process group\n", status: 0 },
  {
    line: "add g",
    answers: { addProcessGroup: faultAnswer("ALREADY_ADDED") },
    out: "ERROR: process group already active\n",
    status: 0,
  },
  {
    line: "add g",
    answers: { addProcessGroup: faultAnswer("BAD_NAME") },
    out: "ERROR: no such process/group: g\n",
    status: 1,
  },
  {
    line: "add g",
    answers: { addProcessGroup: SHUTTING },
    out: "ERROR: shutting down\n",
    status: 1,
  },
  {
    line: "remove g",
    answers: { removeProcessGroup: YES },
    out: "g: removed process group\n",
    status: 0,
  },
  {
    line: "remove g",
    answers: { removeProcessGroup: faultAnswer("STILL_RUNNING") },
    out: "ERROR: process/group still running: g\n",
    status: 1,
  },
  {
    line: "remove g",
    answers: { removeProcessGroup: faultAnswer("BAD_NAME") },
    out: "ERROR: no such process/group: g\n",
    status: 1,
  },
  {
    line: "update",
    answers: {
      reloadConfig: ADDED,
      stopProcessGroup: ok([]),
      removeProcessGroup: YES,
      addProcessGroup: YES,
    },
    out: "r: stopped\nr: removed process group\nc: stopped\nc: updated process group\nn: added process group\n",
    status: 0,
    calls: [
      "reloadConfig()",
      "stopProcessGroup(r)",
      "removeProcessGroup(r)",
      "stopProcessGroup(c)",
      "removeProcessGroup(c)",
      "addProcessGroup(c)",
      "addProcessGroup(n)",
    ],
  },
  {
    line: "reread",
    isOwn: true,
    answers: { reloadConfig: ADDED, "tsv.getChangedOptions": OPTIONS },
    out: "c: changed (command, stopsignal)\nn: available\nr: disappeared\n",
    status: 0,
  },
  {
    // Of a daemon that does not tell.
    line: "reread",
    isOwn: true,
    answers: { reloadConfig: ADDED },
    out: "c: changed\nn: available\nr: disappeared\n",
    status: 0,
  },
  {
    line: "update c",
    isOwn: true,
    answers: {
      ...INFOS,
      reloadConfig: ADDED,
      "tsv.getChangedOptions": OPTIONS,
      getAllProcessInfo: ok([info("c", 20, "RUNNING")]),
      stopProcessGroup: ok([]),
      removeProcessGroup: YES,
      addProcessGroup: YES,
    },
    out: "c: stopped\nc: updated process group (command, stopsignal)\n",
    status: 0,
  },
  {
    line: "update r",
    answers: { ...INFOS, reloadConfig: ADDED, stopProcessGroup: ok([result("r", 30)]) },
    // update-stopping: Supervisor says `r: stopped` first.
    out: "ERROR: no such group: r\nr: has problems; not removing\n",
    status: 1,
  },
  {
    // update-stopping: Supervisor says `r: stopped`, shows the raw fault and breaks off.
    line: "update",
    answers: {
      reloadConfig: ADDED,
      stopProcessGroup: ok([]),
      removeProcessGroup: faultAnswer("STILL_RUNNING"),
      addProcessGroup: YES,
    },
    out: "ERROR: process/group still running: r\nERROR: process/group still running: c\nn: added process group\n",
    status: 1,
  },
  {
    line: "update n x",
    answers: { ...INFOS, reloadConfig: ADDED, addProcessGroup: YES },
    out: "ERROR: no such group: x\nn: added process group\n",
    status: 1,
  },
  {
    // update-order: Supervisor names unknown groups in the order of a Python set.
    line: "update y n x a",
    answers: { ...INFOS, reloadConfig: ADDED, addProcessGroup: YES },
    out: "ERROR: no such group: y\nERROR: no such group: x\nn: added process group\n",
    status: 1,
  },
  {
    line: "update",
    answers: { reloadConfig: SHUTTING },
    out: "ERROR: already shutting down\n",
    status: 1,
  },
]);
