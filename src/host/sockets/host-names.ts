// The address of a host name, for callers that cannot wait: /etc/hosts is read when asked, and anything that the network
// must tell is looked up meanwhile, so that the next to ask finds it.

import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { err, ok, type Result } from "../../core/base/result.ts";

export interface HostNames {
  /** An IPv4 address, or why there is none yet. Never waits. */
  resolve(host: string): Result<string, string>;
}

type Answer = { readonly kind: "pending" } | { readonly kind: "known"; readonly address: string };

/** Names as hosts(5) has them, then as the network does. */
export function createHostNames(file = "/etc/hosts"): HostNames {
  const asked = new Map<string, Answer>();
  return {
    resolve(host) {
      if (isIPv4(host)) return ok(host);
      const listed = findInHosts(readHosts(file), host);
      if (listed !== null) return ok(listed);
      if (host === "localhost") return ok("127.0.0.1");
      const answer = asked.get(host);
      if (answer?.kind === "known") {
        // An address is good for one use: the name may move.
        asked.delete(host);
        return ok(answer.address);
      }
      if (answer === undefined) lookUp(host, asked);
      return err(
        `The host name ${host} is not in ${file} and is being looked up. A numeric address, 0.0.0.0 for all of them, ` +
          "needs no looking up.",
      );
    },
  };
}

function lookUp(host: string, asked: Map<string, Answer>): void {
  asked.set(host, { kind: "pending" });
  const search = async (): Promise<void> => {
    const { lookup } = await import("node:dns/promises");
    const { address } = await lookup(host, { family: 4 });
    asked.set(host, { kind: "known", address });
  };
  // No address: whoever asks again starts another search.
  search().catch(() => asked.delete(host));
}

/** The first IPv4 address that a hosts(5) text gives a name; null when it has none. Upper and lower case are the same. */
export function findInHosts(text: string, host: string): string | null {
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (isIPv4(address) && names.some((name) => name.toLowerCase() === host.toLowerCase())) {
      return address;
    }
  }
  return null;
}

function readHosts(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // a host without the file: only the network knows names then
  }
}
