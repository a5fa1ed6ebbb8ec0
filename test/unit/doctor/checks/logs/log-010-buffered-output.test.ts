// LOG-010: which commands of Python keep their output back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BUFFERED_OUTPUT } from "../../../../../src/doctor/checks/logs/auto-logs.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findingsOf, onlyFinding } from "../../../../fakes/doctor-repairs.ts";

function config(command: string, more = ""): string {
  return `[supervisord]\n[program:web]\ncommand=${command}\n${more}`;
}

describe("LOG-010", () => {
  test("Python without -u is a remark and never more", () => {
    for (const command of [
      "python app.py",
      "/usr/bin/python3.11 -W ignore app.py",
      "/srv/venv/bin/python3 -m http.server 8000",
      "/usr/bin/env A=b python3 app.py -u",
      "python3 -mucky",
    ]) {
      const finding = onlyFinding(BUFFERED_OUTPUT, new DoctorHost(), config(command));
      assert.equal(finding.severity, "info", command);
      assert.deepEqual(finding.repair.steps, []);
      assert.equal(finding.place?.line, 3);
    }
  });

  test("-u, PYTHONUNBUFFERED, a terminal, no log and other programs say nothing", () => {
    const host = new DoctorHost();
    for (const text of [
      config("python3 -u app.py"),
      config("python3 -Bu app.py"),
      config("env PYTHONUNBUFFERED=1 python3 app.py"),
      config("python3 app.py", 'environment=PYTHONUNBUFFERED="1"\n'),
      config("python3 app.py", "tty=true\n"),
      config("python3 app.py", "stdout_logfile=NONE\n"),
      config("gunicorn app:app"),
      config("/usr/bin/pythonic app.py"),
      config("python3"),
      '[supervisord]\nenvironment=PYTHONUNBUFFERED="1"\n[program:web]\ncommand=python3 app.py\n',
    ]) {
      assert.deepEqual(findingsOf(BUFFERED_OUTPUT, host, text), [], text);
    }
  });

  test("the environment of the service counts", () => {
    const host = new DoctorHost();
    const environment = { PATH: "/usr/bin", PYTHONUNBUFFERED: "1" };
    const situation = host.situation(config("python3 app.py"), {}, environment);
    assert.deepEqual(BUFFERED_OUTPUT.look(situation, host), []);
  });

  test("the processes of a section are one remark", () => {
    const more = "numprocs=4\nprocess_name=%(process_num)d\n";
    onlyFinding(BUFFERED_OUTPUT, new DoctorHost(), config("python3 app.py", more));
  });
});
