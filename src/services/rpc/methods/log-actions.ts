// tsv.*: methods that Supervisor lacks. Rotate, reopen and clear the logs of processes, one channel or both, in any state.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { ChannelName, ChannelRef, LogsApi } from "../../logs/api.ts";
import type { ProcessView } from "../../supervisor/api.ts";
import { forEach } from "../each.ts";
import { type Method, type MethodContext, method } from "../method.ts";
import { allByPriority, byPriority, resolveTarget } from "../namespec.ts";
import { flag, optionalText } from "../params.ts";

/** The description of a process whose logs had nothing to rotate. */
const NOTHING = "EMPTY";
/** The description of a process whose stderr, which was asked for, is in its stdout log. */
const SHARED = "SHARED";

const TARGETS =
  "Of one process, of group:*, or of all if no name is given; channel is stdout or stderr, both if it is not given. One struct " +
  `each: name, group, status, description; that is ${SHARED} if only stderr is asked for and redirect_stderr is set. `;
const FAULTS =
  "Faults: BAD_NAME, BAD_ARGUMENTS for another channel. The status of a process is FAILED when a log could not be ";

/** The methods of this area. */
export const LOG_ACTION_METHODS: readonly Method[] = [
  method({
    name: "rotateLogs",
    params: [optionalText("name"), optionalText("channel")],
    returns: "array",
    permission: "control",
    help:
      `Rotates logs at once, whatever their size. ${TARGETS}The description is ${NOTHING} if every log was empty or is no file; ` +
      `such logs stay. ${FAULTS}rotated.`,
    run: (context, [name, channel], work) =>
      overLogs(context, { name, channel }, async (logs, refs) => rotateAll(logs, refs), work),
  }),
  method({
    name: "reopenLogs",
    params: [optionalText("name"), optionalText("channel")],
    returns: "array",
    permission: "control",
    help:
      `Closes and opens logs by their paths again, for a program that has moved them away. ${TARGETS}` +
      "A log that cannot be opened is reported in the activity log. Faults: BAD_NAME, BAD_ARGUMENTS for another channel.",
    async run(context, [name, channel], work) {
      const reopen = async (logs: LogsApi, refs: readonly ChannelRef[]) => {
        for (const ref of refs) logs.reopen(ref);
        return ok(true as const);
      };
      return overLogs(context, { name, channel }, reopen, work);
    },
  }),
  method({
    name: "clearLogs",
    params: [optionalText("name"), optionalText("channel"), flag("backups", false)],
    returns: "array",
    permission: "control",
    help: `Empties logs; with backups, removes their backups too. ${TARGETS}${FAULTS}cleared.`,
    run: (context, [name, channel, backups], work) =>
      overLogs(
        context,
        { name, channel },
        async (logs, refs) => {
          const cleared = await Promise.all(refs.map((ref) => logs.clear(ref, backups)));
          return cleared.find((result) => !result.ok) ?? ok(true);
        },
        work,
      ),
  }),
];

interface Which {
  readonly name: string | null;
  readonly channel: string | null;
}

type Act = (
  logs: LogsApi,
  refs: readonly ChannelRef[],
) => Promise<Result<true | typeof NOTHING, Fault>>;

async function overLogs(
  context: MethodContext,
  { name, channel }: Which,
  act: Act,
  work: Parameters<typeof forEach>[2],
): ReturnType<typeof forEach> {
  if (channel !== null && channel !== "stdout" && channel !== "stderr") {
    return err(fault("BAD_ARGUMENTS", `channel '${channel}': stdout or stderr`));
  }
  const processes = named(context, name);
  if (!processes.ok) return processes;
  const channels: readonly ChannelName[] = channel === null ? ["stdout", "stderr"] : [channel];
  return forEach(context, processes.value, work, async ({ key, config }, shown) => {
    if (channel === "stderr" && config.redirectStderr) return ok(SHARED);
    const refs = channels.map((each): ChannelRef => ({ kind: "channel", key, channel: each }));
    const done = await act(context.logs, refs);
    // No file is as empty as can be.
    if (done.ok || done.error.name === "NO_FILE") return done.ok ? done : ok(true);
    const { detail } = done.error;
    return err(fault("FAILED", detail === null ? shown : `${shown}: ${detail}`));
  });
}

function named(
  { supervisor }: MethodContext,
  name: string | null,
): Result<readonly ProcessView[], Fault> {
  if (name === null) return ok(allByPriority(supervisor));
  const target = resolveTarget(supervisor, name);
  if (!target.ok) return target;
  return ok(
    target.value.kind === "group" ? byPriority(target.value.group) : [target.value.process],
  );
}

async function rotateAll(
  logs: LogsApi,
  refs: readonly ChannelRef[],
): Promise<Result<true | typeof NOTHING, Fault>> {
  const rotated = await Promise.all(refs.map((ref) => logs.rotate(ref)));
  for (const result of rotated) if (!result.ok) return result;
  return ok(rotated.some((result) => result.ok && result.value) ? true : NOTHING);
}
