// A network between booted hosts: each at a router of its own address space, which may hide it by NAT. A host has no other network.

import { execFileSync } from "node:child_process";
import type { Host } from "./host.ts";

/** A host at the router. */
interface Linked {
  readonly host: Host;
  /** Of the link on the router: a word. */
  readonly name: string;
  /** IPv4; the router is at .1 of its /24. */
  readonly address: string;
  /** The others see the address of the router in place of its own, and cannot connect to it. */
  readonly isBehindNat?: true;
}

/** Connects hosts, until they are off. @param router a host that is up and does nothing else */
export function joinByRouter(router: Host, links: readonly Linked[]): void {
  within(router, ["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
  const hidden: string[] = [];
  for (const { host, name, address, isBehindNat } of links) {
    const gateway = address.replace(/\d+$/, "1");
    const peer = ["peer", "name", "eth0", "netns", String(host.leader)];
    within(router, ["ip", "link", "add", name, "type", "veth", ...peer]);
    for (const [one, device, own] of [
      [router, name, gateway],
      [host, "eth0", address],
    ] as const) {
      within(one, ["ip", "address", "add", `${own}/24`, "dev", device]);
      within(one, ["ip", "link", "set", device, "up"]);
    }
    within(host, ["ip", "route", "add", "default", "via", gateway]);
    if (isBehindNat === true) hidden.push(name);
  }
  for (const name of hidden) {
    const rules = `table ip nat_${name} {
  chain out { type nat hook postrouting priority srcnat; iifname "${name}" masquerade; }
  chain in { type filter hook forward priority filter; oifname "${name}" ct state new drop; }
}
`;
    within(router, ["nft", "-f", "-"], rules);
  }
}

/** Runs a command of this machine in the network of a host. */
function within(host: Host, command: readonly string[], input = ""): void {
  const enter = ["--target", String(host.leader), "--net", "--"];
  execFileSync("nsenter", [...enter, ...command], { input, stdio: ["pipe", "pipe", "inherit"] });
}
