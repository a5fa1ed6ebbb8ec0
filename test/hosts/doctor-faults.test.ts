// What goes wrong with a tsv that is installed on a real host: doctor names the code, --fix fixes it, a second look is clean,
// a second --fix changes nothing, and nothing changed that has nothing to do with it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { TSV } from "../e2e/rig/places.ts";
import { FAULTS, HEALTHY, LOG, NOTHING, OWN, RELOAD } from "./faults.ts";
import { type Host, makeHost } from "./rig/host.ts";
import { withoutHostsOrTsv } from "./rig/requirements.ts";
import { difference } from "./rig/tree.ts";

interface Said {
  readonly results: readonly { readonly code: string; readonly severity: string }[];
}

const skip = withoutHostsOrTsv();

describe("doctor on a booted host", { skip }, () => {
  let host: Host;

  before(async () => {
    host = await makeHost("systemd-bookworm");
    host.put(TSV, "/usr/local/bin/tsv");
    await host.boot();
    await host.must("tsv install --boot --yes");
    await heal("true");
  });

  after(async () => {
    await host?.dispose();
  });

  /** The host as it should be, whatever was done to it. */
  async function heal(clean: string): Promise<void> {
    await host.must(`{ ${clean}; }`);
    host.write("/etc/tsv/tsv.conf", HEALTHY, 0o640);
    await host.must(
      "chgrp tsv /etc/tsv/tsv.conf && systemctl reset-failed tsv; systemctl restart tsv",
    );
    await host.until("tsv status web | grep RUNNING");
  }

  async function look(): Promise<readonly string[]> {
    const { stdout, stderr } = await host.run("tsv doctor --json");
    try {
      const said = JSON.parse(stdout) as Said;
      return said.results.flatMap(({ code, severity }) => (severity === "info" ? [] : [code]));
    } catch {
      throw new Error(`tsv doctor --json printed no document: ${stdout}${stderr}`);
    }
  }

  test("it reports nothing on a healthy host, for root and for a user", async () => {
    assert.deepEqual(await look(), [], await host.must("tsv doctor -v"));
    const { stdout, status } = await host.run("tsv doctor", { user: "tester" });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /No problems found/);
  });

  for (const fault of FAULTS) {
    test(`${fault.code}: ${fault.what}`, async () => {
      const { prepare = "true", make = RELOAD, config, clean = "true", proof, fixes } = fault;
      try {
        await host.must(`{ ${prepare}; }`);
        if (config !== undefined) {
          host.write("/etc/tsv/tsv.conf", config(HEALTHY), 0o640);
          await host.must("chgrp tsv /etc/tsv/tsv.conf");
        }
        await host.must(`{ ${make}; }`);
        const found = await look();
        assert.ok(found.includes(fault.code), `found ${found.join(" ")}\n${await told()}`);
        const tree = host.tree();
        const { stdout, status } = await host.run(`tsv doctor ${fixes ?? "--fix --yes"}`);
        const after = await look();
        if (fixes === null) {
          assert.ok(after.includes(fault.code), "only a person can fix it");
          assert.equal(
            stdout.includes(`${fault.code} `) && stdout.includes("not fixed"),
            true,
            stdout,
          );
          return;
        }
        assert.ok(!after.includes(fault.code), `still ${after.join(" ")}\n${stdout}`);
        assert.ok(status === 0 || after.length > 0, stdout);
        if (proof !== undefined) await host.until(`{ ${proof}; } >/dev/null`);
        const changed = difference(tree, host.tree()).filter((line) => !OWN.test(line.slice(2)));
        const { touches = NOTHING } = fault;
        const strange = changed.filter((line) => !touches.test(line.slice(2)));
        assert.deepEqual(strange, [], "nothing else has changed");
        const still = host.tree();
        const again = await host.run(`tsv doctor ${fixes}`);
        assert.doesNotMatch(again.stdout, /: (?:fixed|done)$/m);
        const more = difference(still, host.tree()).filter((line) => !LOG.test(line.slice(2)));
        assert.deepEqual(more, [], "a second --fix changes nothing");
      } finally {
        await heal(clean);
      }
    });
  }

  async function told(): Promise<string> {
    return (await host.run("tsv doctor -v")).stdout;
  }
});
