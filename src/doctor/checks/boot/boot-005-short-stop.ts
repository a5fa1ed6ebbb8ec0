// BOOT-005: whoever stops the service has less patience than its programs may take, or does not stop them all.

import { longestStopSeconds } from "../../../core/supervisor/stop-time.ts";
import { stopTimeoutSeconds } from "../../../install/plan/stop-timeout.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { isOfService } from "../../facts/service-command.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import { spanSeconds } from "../../facts/unit-files.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { settingRepair } from "./unit-repair.ts";

export const SHORT_STOP = defineCheck({
  code: "BOOT-005",
  area: "boot",
  title: "stopped before its programs are",
  page: {
    symptom:
      "At `systemctl stop tsv` or at shutdown the journal says `State 'stop-sigterm' timed out. Killing.`, databases complain about an unclean stop, or programs run on without a daemon and keep their ports.",
    cause:
      "tsv stops groups of one priority together and one priority after the other, and gives each program its `stopwaitsecs`. The service gives all of them together less time than that (`TimeoutStopSec=`, `stop_seconds`, `retry`), often since `stopwaitsecs` was raised after the installation. Or the unit has `KillMode=process` or `none`, as in units that are copied from the web: then what is left after the daemon is never stopped.",
    repair:
      "With --fix doctor gives the service enough time: in the unit or script where `tsv install` wrote it, else in a drop-in. Where somebody has set the shorter time by hand it asks first.",
  },
  look(situation, probe) {
    const { service } = situation;
    if (service.init === null || service.file === null || service.isMasked) return [];
    return [...impatient(situation, probe), ...survivors(service, probe)];
  },
});

function impatient(situation: Situation, probe: Probe): readonly Finding[] {
  const { service } = situation;
  const groups = isOfService(situation, probe) ? readConfig(situation)?.groups : undefined;
  const given = patience(service, probe);
  if (groups === undefined || given === null) return [];
  const needed = longestStopSeconds(
    groups.map(({ priority, processes }) => ({
      priority,
      stopWaitSecs: processes.map(({ stopWaitSecs }) => stopWaitSecs),
    })),
  );
  if (given >= needed) return [];
  const wanted = stopTimeoutSeconds(groups);
  return [
    {
      severity: "warning",
      subject: service.name,
      symptom: "State 'stop-sigterm' timed out. Killing.",
      cause:
        "The service is killed before its programs have had the time to stop that the configuration gives them.",
      evidence: [`the service waits ${given} s, its programs may take ${needed} s (stopwaitsecs)`],
      place: null,
      repair: waitingLonger(service, wanted, probe),
    },
  ];
}

/** Seconds that the init system waits; null when it cannot be told. */
function patience({ init, file, properties, layout }: ServiceState, probe: Probe): number | null {
  if (init === "systemd") return spanSeconds(properties["TimeoutStopUSec"] ?? "");
  const settings = probe.readText(`${layout.configDirectory}/boot.env`) ?? "";
  const texts = [settings, file?.text ?? ""];
  for (const text of texts) {
    const seconds = /^(?:stop_seconds=|retry="?TERM\/)(\d+)/m.exec(text)?.[1];
    if (seconds !== undefined) return Number(seconds);
  }
  return null;
}

function waitingLonger(service: ServiceState, seconds: number, probe: Probe): Repair {
  const advice = `Have the service wait ${seconds} s when it is stopped`;
  if (service.init === "systemd") {
    const because = "Programs may take as long to stop.";
    const dropIn = {
      word: "stop",
      because,
      section: "Service",
      lines: [`TimeoutStopSec=${seconds}`],
    } as const;
    return settingRepair(service, advice, dropIn, probe);
  }
  const commands = ["tsv install --boot"];
  const steps = service.restoration?.steps ?? [];
  const rewrite = steps.find(
    ({ step }) => step.kind === "file" && step.path === service.file?.path,
  );
  return rewrite === undefined
    ? byHand(advice, commands)
    : { class: rewrite.edited === null ? "A" : "B", advice, commands, steps };
}

/** Units that are copied from the web, as old as Supervisor's contributed scripts. */
function survivors(service: ServiceState, probe: Probe): readonly Finding[] {
  const mode = service.properties["KillMode"];
  if (service.init !== "systemd" || (mode !== "process" && mode !== "none")) return [];
  const because = "Nothing of a stopped service may run on.";
  const dropIn = { word: "kill", because, section: "Service", lines: ["KillMode=mixed"] } as const;
  return [
    {
      severity: "warning",
      subject: `KillMode of ${service.name}`,
      symptom: "after the daemon was killed its programs run on, and are started a second time",
      cause: "The unit tells systemd to stop the daemon alone, whatever becomes of its programs.",
      evidence: [`KillMode=${mode}`],
      place: null,
      repair: settingRepair(
        service,
        "Have systemd end what the daemon leaves behind",
        dropIn,
        probe,
      ),
    },
  ];
}
