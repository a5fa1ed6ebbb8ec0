// `tsv fleet ui` in front of the hosts of an inventory.

import type { TestContext } from "node:test";
import { Follower } from "./follower.ts";
import type { Rig } from "./rig.ts";

export interface FleetUi {
  /** Of the pages, without a slash at its end. */
  readonly address: string;
  readonly key: string;
  readonly command: Follower;
}

/** @param inventory its text */
export async function startFleetUi(rig: Rig, t: TestContext, inventory: string): Promise<FleetUi> {
  const file = rig.write("fleet.conf", inventory);
  const listen = `127.0.0.1:${await rig.findPort()}`;
  const words = ["fleet", "ui", "--inventory", file, "--listen", listen, "--timeout", "5"];
  const command = new Follower(rig, t, words);
  await command.seen(/\?key=[\w-]+\n/);
  const [, key = ""] = /\?key=([\w-]+)/.exec(command.out) ?? [];
  return { address: `http://${listen}`, key, command };
}
