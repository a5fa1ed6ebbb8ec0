// SEC-001: a control server that the network can reach asks nobody for a password.

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
  page: {
    symptom:
      "The activity log says `Server 'inet_http_server' running without any HTTP authentication checking`, and the web page opens from another machine without a question.",
    cause:
      "`port=` in [inet_http_server] names every interface (`*:9001` or `:9001`) or an address of the network, and there is no `username=` and `password=`. Whoever reaches the port can stop and start programs, and feed them input; a hole in the RPC interface has let strangers run code as root before (CVE-2017-11610). A firewall may be in between, which doctor does not look at. A server on 127.0.0.1 is not reported.",
    repair:
      "Doctor binds the server to 127.0.0.1 in the configuration, after a yes; it counts from the next start of the daemon. Reach it from elsewhere through `ssh -L 9001:127.0.0.1:9001 HOST`. Where it has to stay open, for example in a container, set `username=` and `password=`, and let only trusted networks reach it, because passwords travel in clear text.",
  },
  look(situation, probe) {
    return (readConfig(situation)?.servers ?? []).flatMap((server) =>
      server.kind === "inet" && server.credentials === null && !isLoopback(server.host)
        ? [openServer(server, situation, probe)]
        : [],
    );
  },
});

/** Reached by this machine alone. */
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
  const shown = host === "" ? "every interface" : printable(host);
  const user = userName(daemonAccount(situation, probe).uid, probe);
  return {
    severity: "warning",
    subject: section,
    symptom: `Server 'inet_http_server' running without any HTTP authentication checking`,
    cause: `It listens on ${shown}, port ${port}, and whoever reaches it controls programs as ${user}.`,
    evidence: [`port=${host === "" ? "*" : printable(host)}:${port} without username and password`],
    place: optionPlace(situation.config, section, "port"),
    repair: {
      class: steps === null ? "C" : "B",
      advice: "Let it listen on 127.0.0.1 only, or set username= and password=",
      commands: describeChanges(situation.config, [change]),
      steps: steps ?? [],
    },
  };
}
