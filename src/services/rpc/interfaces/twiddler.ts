// twiddler.*: programs that join and leave groups at run time, as supervisor_twiddler does it for Supervisor.

import { processKey } from "../../../core/base/ids.ts";
import { err, ok, type Result } from "../../../core/base/result.ts";
import type { FactoryConfig, LogLevel } from "../../../core/config/model.ts";
import { isLogLevel, LOG_LEVEL_NUMBERS } from "../../../core/logs/record.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { isStruct, type XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import type { ActivityLog } from "../../logs/api.ts";
import { type Method, type MethodContext, method, type Outcome } from "../method.ts";
import { type Param, text } from "../params.ts";

/** The version of the interface that clients ask for. */
const API_VERSION = "0.3";

const level: Param<LogLevel> = {
  name: "level",
  type: "string",
  optional: true,
  preset: "INFO",
  read(value) {
    if (value === undefined) return ok("INFO");
    const levels = Object.entries(LOG_LEVEL_NUMBERS);
    const name =
      typeof value === "string"
        ? value.toUpperCase()
        : levels.find(([, number]) => number === value)?.[0];
    if (name !== undefined && isLogLevel(name)) return ok(name);
    return err(
      `level must be one of ${levels.map((level) => `${level[0]} (${level[1]})`).join(", ")}`,
    );
  },
};

const options: Param<Readonly<Record<string, string>>> = {
  name: "options",
  type: "struct",
  optional: false,
  read: (value) => readOptions(value),
};

/** Numbers and booleans count as what one would write into the file. */
function readOptions(value: XmlRpcValue | undefined): Result<Record<string, string>, string> {
  if (value === undefined || !isStruct(value)) {
    return err("options must be a struct of program options");
  }
  const read: Record<string, string> = {};
  for (const [key, member] of Object.entries(value)) {
    const written = typeof member === "number" || typeof member === "boolean";
    if (typeof member !== "string" && !written) return err(`option ${key} must be a string`);
    read[key] = String(member);
  }
  return ok(read);
}

/** Makes the methods; `whitelist` names those that may be called, all when it is empty. */
export function createTwiddler(
  section: Pick<FactoryConfig, "arguments">,
  activity: Pick<ActivityLog, "log">,
): Result<readonly Method[], string> {
  const { whitelist = "", ...others } = section.arguments;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return err(`unknown key ${unknown}; only whitelist is allowed`);
  const allowed = whitelist
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const all = twiddlerMethods(activity);
  return ok(all.map((each) => (isAllowed(each, allowed) ? each : forbidden(each))));
}

function isAllowed({ name }: Method, allowed: readonly string[]): boolean {
  return allowed.length === 0 || allowed.includes(name);
}

/** It is listed, and calling it is a fault. */
function forbidden(of: Method): Method {
  return { ...of, invoke: () => err(fault("NOT_IN_WHITELIST", of.name)) };
}

function twiddlerMethods(activity: Pick<ActivityLog, "log">): readonly Method[] {
  return [
    method("getAPIVersion", [], "string", "read", {
      help: "The version of this interface.",
      run: () => ok(API_VERSION),
    }),
    method("getGroupNames", [], "array", "read", {
      help: "The names of the active groups.",
      run: ({ supervisor }) => ok(supervisor.groups().map(({ config }) => config.name)),
    }),
    method("addProgramToGroup", [text("group"), text("program"), options], "boolean", "configure", {
      help:
        "Adds a program to an active group, as if it had a [program:x] section with these options; it starts if it " +
        "has autostart. It is gone when the group is removed or the daemon restarts. Faults: BAD_NAME for an unknown " +
        "group or a process name that is taken, INCORRECT_PARAMETERS with what is wrong with an option or with depends_on and restart_with: a name that no " +
        "active program has, a condition that never becomes true, a cycle.",
      run: ({ supervisor }, [group, name, given]) =>
        supervisor.addProgram({ group, name, options: given }),
    }),
    method("removeProcessFromGroup", [text("group"), text("process")], "boolean", "configure", {
      help: "Removes a process that is not running from its group. Faults: BAD_NAME, STILL_RUNNING.",
      run: ({ supervisor }, [group, name]) => removeProcess(supervisor, group, name),
    }),
    method("log", [text("message"), level], "boolean", "configure", {
      help: "Writes a line to the activity log, at level INFO or the one given by name or number.",
      run(_context, [message, at]) {
        activity.log(at, message);
        return ok(true);
      },
    }),
  ];
}

function removeProcess(
  supervisor: MethodContext["supervisor"],
  group: string,
  name: string,
): Outcome {
  if (supervisor.group(group) === null) return err(fault("BAD_NAME", `group: ${group}`));
  const process = supervisor.process(group, name);
  if (process === null) return err(fault("BAD_NAME", name));
  return supervisor.removeProcess(processKey(group, name));
}
