// SEC-001: a control server without a password is reachable from the network.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { userName } from "../../repairs/ownership.ts";
import { defineCheck } from "../check.ts";

export const OPEN_PORT = defineCheck({
  code: "SEC-001",
  area: "security",
  title: "control server without a password",
  repairs: ["B"],
  page: {
    symptom:
      "The activity log says `Server 'inet_http_server' running without any HTTP authentication checking`, and the web page opens from another machine without a password.",
    cause:
      "`port=` in [inet_http_server] binds to all interfaces (`*:9001` or `:9001`) or to a network address, and `username=` and `password=` are not set. Anyone who can reach the port can stop and start programs and send them input. A vulnerability in the RPC interface has allowed strangers to run code as root before (CVE-2017-11610). A firewall may protect the port; doctor does not check that. A server on 127.0.0.1 is not reported.",
    repair:
      "After you confirm, doctor binds the server to 127.0.0.1 in the configuration. This applies from the next start of the daemon. From elsewhere, connect through `ssh -L 9001:127.0.0.1:9001 HOST`. If the port has to stay open, for example in a container, set `username=` and `password=` and allow only trusted networks, because passwords are sent in clear text.",
  },
  look(situation, probe) {
    return (readConfig(situation)?.servers ?? []).flatMap((server) =>
      server.kind === "inet" && server.credentials === null && !isLoopback(server.host)
        ? [openServer(server, situation, probe)]
        : [],
    );
  },
});

/** Reachable only from this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return (
    /^127(?:\.\d{1,3}){1,3}$/.test(bare) ||
    bare === "::1" ||
    /^(?:localhost|ip6-localhost|ip6-loopback|localhost\.localdomain|.+\.localhost)$/.test(bare)
  );
}

function openServer(
  server: ServerConfig & { readonly kind: "inet" },
  situation: Situation,
  probe: Probe,
): Finding {
  const { section, host, port } = server;
  const change = { section, key: "port", value: `127.0.0.1:${port}` };
  const steps = changeOptions(situation.config, [change], probe);
  const shown = host === "" ? "all interfaces" : printable(host);
  const user = userName(daemonAccount(situation, probe).uid, probe);
  return {
    severity: "warning",
    subject: section,
    symptom: `Server 'inet_http_server' running without any HTTP authentication checking`,
    cause: `It listens on ${shown}, port ${port}, and anyone who can reach it controls programs as ${user}.`,
    evidence: [`port=${host === "" ? "*" : printable(host)}:${port} without username and password`],
    place: optionPlace(situation.config, section, "port"),
    repair: {
      class: steps === null ? "C" : "B",
      advice: "Make it listen on 127.0.0.1 only, or set username= and password=",
      commands: describeChanges(situation.config, [change]),
      steps: steps ?? [],
    },
  };
}
