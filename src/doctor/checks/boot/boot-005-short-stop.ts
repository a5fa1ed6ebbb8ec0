// BOOT-005: the stop timeout of the service is shorter than its programs may need, or a stop does not reach all of them.

import { longestStopSeconds } from "../../../core/supervisor/shutdown.ts";
import { stopTimeoutSeconds } from "../../../install/plan/requirements.ts";
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
  title: "stop timeout shorter than its programs need",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "At `systemctl stop tsv` or at shutdown, the journal says `State 'stop-sigterm' timed out. Killing.`, databases report an unclean stop, or programs keep running and keep their ports without a daemon.",
    cause:
      "tsv stops groups of the same priority together, one priority after the other, and gives each program its `stopwaitsecs`. The service allows less time than that in total (`TimeoutStopSec=`, `stop_seconds`, `retry`). Often `stopwaitsecs` was raised after the installation. Or the unit has `KillMode=process` or `none`, which many published units contain: then nothing stops the processes that remain after the daemon has exited.",
    repair:
      "With --fix, doctor gives the service enough time: in the unit or script if `tsv install` wrote it, otherwise in a drop-in. If the shorter time was set by hand, doctor asks first.",
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
  const needed = longestStopSeconds(groups);
  if (given >= needed) return [];
  const wanted = stopTimeoutSeconds(groups);
  return [
    {
      severity: "warning",
      subject: service.name,
      symptom: "State 'stop-sigterm' timed out. Killing.",
      cause:
        "The stop timeout of the service is shorter than the time that the configuration gives its programs to stop.",
      evidence: [`the service waits ${given} s, its programs may take ${needed} s (stopwaitsecs)`],
      place: null,
      repair: waitingLonger(service, wanted, probe),
    },
  ];
}

/** Seconds that the init system waits; null if unknown. */
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
  const advice = `Set the stop timeout of the service to ${seconds} s`;
  if (service.init === "systemd") {
    const because = "Programs may take this long to stop.";
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

/** Units that are copied from the web often have this, as Supervisor's contributed scripts do. */
function survivors(service: ServiceState, probe: Probe): readonly Finding[] {
  const mode = service.properties["KillMode"];
  if (service.init !== "systemd" || (mode !== "process" && mode !== "none")) return [];
  const because = "All processes of a stopped service have to stop.";
  const dropIn = { word: "kill", because, section: "Service", lines: ["KillMode=mixed"] } as const;
  return [
    {
      severity: "warning",
      subject: `KillMode of ${service.name}`,
      symptom: "when the daemon is killed, its programs keep running and are started a second time",
      cause: "The unit makes systemd stop only the daemon, not its programs.",
      evidence: [`KillMode=${mode}`],
      place: null,
      repair: settingRepair(
        service,
        "Make systemd stop all processes of the service",
        dropIn,
        probe,
      ),
    },
  ];
}
