// Moves the control socket to tsv's runtime directory, in the section of the server and in that of ctl.

import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { changeOptions, describeChanges, type OptionChange } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import type { UnixServer } from "./control-sockets.ts";

/**
 * The repair that writes another path into the configuration.
 * @remarks A running daemon keeps its old socket until it is restarted, and ctl could not connect. In that case the repair is
 * manual, because a restart interrupts programs.
 */
export function moveRepair(server: UnixServer, situation: Situation, probe: Probe): Repair {
  const { config, daemon, service } = situation;
  const socket = service.layout.socket;
  const changes = socketChanges(server, socket, situation);
  const advice = `Move the socket to ${socket}`;
  if (socket === server.path || changes.length === 0) {
    return byHand("Choose another path for the socket");
  }
  const commands = describeChanges(config, changes);
  const steps = daemon === null ? changeOptions(config, changes, probe) : null;
  if (steps !== null) return { class: "B", advice, commands, steps };
  const restart = daemon === null ? "" : ", then restart the daemon, which restarts its programs";
  return byHand(`${advice}${restart}`, commands);
}

/** Both sections if ctl uses this socket, otherwise only that of the server. */
export function socketChanges(
  server: UnixServer,
  path: string,
  { config }: Pick<Situation, "config">,
): readonly OptionChange[] {
  const value = path.replaceAll("%", "%%");
  const file = { section: server.section, key: "file", value };
  const isCtls = config.ctl?.serverUrl === `unix://${server.path}`;
  const ctl = { section: "supervisorctl", key: "serverurl", value: `unix://${value}` };
  return isCtls ? [file, ctl] : [file];
}
