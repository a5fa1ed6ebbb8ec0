// SOCK-013: a configuration without [rpcinterface:supervisor], so ctl cannot control the daemon.

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
  repairs: ["B", "C"],
  page: {
    symptom:
      "Every command of ctl ends with `error: <class 'xmlrpc.client.Fault'>, <Fault 1: 'UNKNOWN_METHOD'>`, or `tsv status` says that supervisord does not know the method.",
    cause:
      "The configuration has a control server, but no section `[rpcinterface:supervisor]` with `supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface`. The section looks unnecessary, so it is sometimes deleted. Without it, the server answers but knows no commands.",
    repair:
      "After you confirm, doctor adds the section at the end of the main file. To apply it, restart the daemon or reload it with SIGHUP; both restart its programs.",
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

/** The section exists, but the running daemon was started without it. */
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
      cause: `The daemon was started before [${SECTION}] was added to its configuration.`,
      evidence: [
        `the daemon with pid ${daemon.pid} offers no methods of supervisor`,
        `${path} has the section`,
      ],
      place: null,
      repair: byHand("Restart the daemon when its programs may be restarted", [
        isService ? shellLine(service.commands.restart) : `kill -HUP ${daemon.pid}`,
      ]),
    },
  ];
}

/** Where the server is that knows no commands. */
function placeOfServer({ config }: Situation, path: string): Finding["place"] {
  const sections = config.raw?.sections;
  const server = sections?.get("unix_http_server") ?? sections?.get("inet_http_server");
  if (server === undefined) return { file: path, line: null, section: null, key: null };
  return { file: server.file, line: server.line, section: server.name, key: null };
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
        ? `The configuration has a control server, but no section [${SECTION}].`
        : `The factory of the section [${SECTION}] is not that of Supervisor's methods.`,
    evidence: [
      ...(other === undefined ? [] : [`${KEY} = ${other.value}`]),
      ...(lacks ? ["the running daemon offers no methods of supervisor"] : []),
    ],
    place: other === undefined ? placeOfServer(situation, path) : optionPlace(config, SECTION, KEY),
    repair: {
      class: step === null ? "C" : "B",
      advice:
        other === undefined
          ? `Add the section [${SECTION}]${restart}`
          : `Move the other factory to a section of another name${restart}`,
      commands: [`# in ${path} write: ${lines.join(" and ")}`],
      steps: step === null ? [] : [step],
    },
  };
}
