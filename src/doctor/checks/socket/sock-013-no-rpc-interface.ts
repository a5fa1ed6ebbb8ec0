// SOCK-013: a configuration without [rpcinterface:supervisor], whose daemon ctl cannot command.

import { MAIN_FACTORY } from "../../../core/plugins/known.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { editStep } from "../../repairs/edit-config.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

const SECTION = "rpcinterface:supervisor";
const KEY = "supervisor.rpcinterface_factory";

export const NO_RPC_INTERFACE = defineCheck({
  code: "SOCK-013",
  area: "socket",
  title: "configuration without its RPC interface",
  page: {
    symptom:
      "Every command of ctl ends with `error: <class 'xmlrpc.client.Fault'>, <Fault 1: 'UNKNOWN_METHOD'>`, or `tsv status` says that supervisord does not know the method.",
    cause:
      "The configuration has a control server, but no section `[rpcinterface:supervisor]` with `supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface`. It looks superfluous and is deleted by people who tidy up; without it the server answers and knows no commands.",
    repair:
      "After a yes doctor adds the section at the end of the main file. The daemon reads it when it starts over: restart it, or reload it with SIGHUP; both restart its programs.",
  },
  look(situation, probe) {
    const config = readConfig(situation);
    const { path } = situation.config;
    if (config === null || path === null || config.servers.length === 0) return [];
    const isServed = config.rpcInterfaces.some(
      ({ name, factory }) => name === "supervisor" && factory.trim() === MAIN_FACTORY,
    );
    return isServed ? unread(path, situation) : [missing(path, situation, probe)];
  },
});

/** The section is there, and the daemon that runs was started before. */
function unread(path: string, { daemon, servers, service }: Situation): readonly Finding[] {
  if (daemon === null) return [];
  const methods = servers.find((one) => one.daemon !== null)?.daemon?.methods ?? [];
  if (methods.length === 0 || methods.some((name) => name.startsWith("supervisor."))) return [];
  const isService = service.commands !== null && service.isActive === true;
  return [
    {
      severity: "error",
      subject: `pid ${daemon.pid}`,
      symptom: "<Fault 1: 'UNKNOWN_METHOD'> for every command of ctl",
      cause: `The daemon was started before [${SECTION}] was in its configuration.`,
      evidence: [
        `the daemon with pid ${daemon.pid} offers no method of supervisor`,
        `${path} has the section`,
      ],
      place: null,
      repair: byHand("Restart the daemon when its programs may be restarted", [
        isService ? shellLine(service.commands.restart) : `kill -HUP ${daemon.pid}`,
      ]),
    },
  ];
}

function missing(path: string, situation: Situation, probe: Probe): Finding {
  const { config, daemon, servers } = situation;
  const other = config.raw?.sections.get(SECTION)?.options.get(KEY);
  const lines = [`[${SECTION}]`, `${KEY} = ${MAIN_FACTORY}`];
  const step = other === undefined ? editStep(path, [{ kind: "append", lines }], probe) : null;
  const methods = servers.find((one) => one.daemon?.pid === daemon?.pid)?.daemon?.methods ?? null;
  const lacks = methods?.every((name) => !name.startsWith("supervisor.")) === true;
  const restart =
    daemon === null ? "" : ", then restart the daemon when its programs may be restarted";
  return {
    severity: "error",
    subject: path,
    symptom: "<Fault 1: 'UNKNOWN_METHOD'> for every command of ctl",
    cause:
      other === undefined
        ? `The configuration has a control server and no section [${SECTION}].`
        : `The section [${SECTION}] names another factory than Supervisor's own methods have.`,
    evidence: [
      ...(other === undefined ? [] : [`${KEY} = ${other.value}`]),
      ...(lacks ? ["the daemon that runs offers no method of supervisor"] : []),
    ],
    place:
      other === undefined
        ? { file: path, line: null, section: null, key: null }
        : optionPlace(config, SECTION, KEY),
    repair: {
      class: step === null ? "C" : "B",
      advice:
        other === undefined
          ? `Add the section [${SECTION}]${restart}`
          : `Give the other factory a section of its own name${restart}`,
      commands: [`# in ${path} write: ${lines.join(" and ")}`],
      steps: step === null ? [] : [step],
    },
  };
}
