// Resolves host names through the host's resolver: hosts(5), DNS, or the sources in nsswitch.conf(5).

import { isIPv4 } from "node:net";
import { err, ok, type Result } from "../../core/base/result.ts";
import { codeOf } from "../error-code.ts";
import { Lookups } from "../system/lookups.ts";

export interface HostNames {
  /** An IPv4 address, or why there is none. Possibly never settles. */
  resolve(host: string): Promise<Result<string, string>>;
}

type Resolver = (host: string) => Promise<string>;

/** Names as this host knows them. @param find rejects with an error that has a code */
export function createHostNames(find: Resolver = findAddress): HostNames {
  const names = new Lookups<string, Result<string, string>>(async (host) => {
    try {
      return ok(await find(host));
    } catch (error) {
      return err(
        `The host name ${host} has no IPv4 address here: ${codeOf(error)}. A numeric address, 0.0.0.0 for all of them, ` +
          "needs no lookup.",
      );
    }
  });
  return {
    async resolve(host) {
      if (isIPv4(host)) return ok(host);
      if (host === "localhost") return ok("127.0.0.1");
      return await new Promise((resolve) => void names.ask(host, resolve));
    },
  };
}

async function findAddress(host: string): Promise<string> {
  const { lookup } = await import("node:dns/promises");
  const { address } = await lookup(host, { family: 4 });
  return address;
}
