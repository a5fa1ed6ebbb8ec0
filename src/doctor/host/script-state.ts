// The state of a service of SysV init, OpenRC, runit, s6 or launchd.

import { existsSync } from "node:fs";
import { runCommand } from "../../install/host/commands.ts";
import { readTextFile } from "../../install/host/safe-files.ts";
import type { ServicePlan } from "../../install/plan/plan-input.ts";
import type { ServiceState } from "../facts/situation.ts";
import { type AskedState, isRecorded, type KnownService, UNASKED } from "./known-service.ts";
import { hasRunlevelLinks } from "./runlevel-links.ts";

/** If a script takes longer to answer, the state is unknown. */
const PATIENCE_MS = 3000;

/** Asks the init system. */
export function scriptState({ facts, plan }: KnownService): AskedState {
  const { files, init } = plan;
  const path = mainFile(plan);
  const links = init === "runit" || init === "s6" ? files.links : [];
  if (path === null || !existsSync(path)) {
    return { ...UNASKED, isEnabled: false, isActive: false, links };
  }
  // Only root may query runsv, s6-supervise and OpenRC's supervise-daemon.
  const mayAsk = process.geteuid?.() === 0 || init === "sysv" || init === "launchd";
  const running = mayAsk ? runCommand(files.isRunning.argv, PATIENCE_MS).status : null;
  return {
    ...UNASKED,
    file: {
      path,
      text: readTextFile(path) ?? "",
      isPackaged: !isRecorded(path, facts) && facts.mark?.paths.includes(path) === true,
    },
    isEnabled: isEnabled(plan),
    isActive: running === null ? null : running === 0,
    commands: commandsOf(plan, path),
    links,
  };
}

/** The file that starts the daemon; that of a package is not in the plan. */
function mainFile({ init, files, description: { name } }: ServicePlan): string | null {
  switch (init) {
    case "systemd":
    case "sysv":
    case "openrc":
      return `/etc/init.d/${name}`;
    case "runit":
      return `/etc/sv/${name}/run`;
    case "s6":
      return `/etc/s6/sv/${name}/run`;
    case "launchd":
      return files.files[0]?.path ?? null;
  }
}

function isEnabled({ files, init }: ServicePlan): boolean | null {
  if (init === "launchd") return true;
  if (files.isEnabled === null) return null;
  const { status } = runCommand(files.isEnabled.argv, PATIENCE_MS);
  return status === null ? null : status === 0;
}

function commandsOf({ files, init, description }: ServicePlan, path: string): Commands {
  const { name, facts, stopTimeoutSeconds } = description;
  const start = files.start.argv;
  switch (init) {
    case "systemd":
    case "sysv": {
      const restart = [path, "restart"];
      return { start, startByHand: start, restart, ...registering(name, facts.registration) };
    }
    case "openrc":
      return {
        start,
        startByHand: start,
        restart: ["rc-service", name, "restart"],
        enable: ["rc-update", "add", name, "default"],
        disable: ["rc-update", "del", name, "default"],
      };
    case "runit": {
      const directory = `/etc/sv/${name}`;
      return {
        start,
        startByHand: ["sv", "up", directory],
        restart: ["sv", "-w", String(stopTimeoutSeconds), "restart", directory],
        enable: [],
        disable: [],
      };
    }
    case "s6": {
      const live = start.at(-1) ?? "";
      const wait = String(stopTimeoutSeconds * 1000);
      return {
        start,
        startByHand: ["s6-svc", "-u", live],
        restart: ["s6-svc", "-wR", "-T", wait, "-r", live],
        enable: [],
        disable: [],
      };
    }
    case "launchd": {
      const [domain = "", label = "", plist = ""] = start.slice(-3);
      const target = `${domain}/${label}`;
      const startByHand = ["launchctl", "bootstrap", domain, plist];
      const restart = ["launchctl", "kickstart", "-k", target];
      const enable = ["launchctl", "enable", target];
      const disable = ["launchctl", "disable", target];
      return { start, startByHand, restart, enable, disable };
    }
  }
}

type Commands = NonNullable<ServiceState["commands"]>;

/** A disabled script has symlinks that only stop it: update-rc.d has different commands for it and for a new one. */
function registering(
  name: string,
  registration: ServicePlan["description"]["facts"]["registration"],
): Pick<Commands, "enable" | "disable"> {
  switch (registration) {
    case "update-rc.d": {
      const isKnown = hasRunlevelLinks(name);
      return {
        enable: ["update-rc.d", name, isKnown ? "enable" : "defaults"],
        // Without symlinks before, "disable" would create some that stop it.
        disable: ["update-rc.d", name, isKnown ? "disable" : "remove"],
      };
    }
    case "chkconfig":
      return { enable: ["chkconfig", name, "on"], disable: ["chkconfig", name, "off"] };
    case null:
      return { enable: [], disable: [] };
  }
}
