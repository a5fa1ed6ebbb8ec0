// The check that most commands make first: is there a supervisor, and does it speak the interface ctl knows?

import { FAULT_CODES } from "../core/xmlrpc/faults.ts";
import type { CallResult } from "./client.ts";
import { EXIT } from "./exit-status.ts";
import { connectionCode, UnhandledFailure } from "./failure.ts";

const API_VERSION = "3.0";

/** Why a command cannot continue. */
export interface UpcheckProblem {
  readonly line: string;
  readonly exitStatus: number;
}

/**
 * Judges the answer to getVersion.
 * @returns null when all is well
 * @throws UnhandledFailure for failures that every command shows alike
 */
export function upcheckProblem(version: CallResult, serverUrl: string): UpcheckProblem | null {
  if (version.ok) return version.value === API_VERSION ? null : wrongApi(String(version.value));
  const { error } = version;
  const code = connectionCode(error);
  if (code === "ECONNREFUSED") {
    return { line: `${serverUrl} refused connection`, exitStatus: EXIT.REFUSED };
  }
  if (code === "ENOENT") return { line: `${serverUrl} no such file`, exitStatus: EXIT.NOT_RUNNING };
  if (error.kind === "fault" && error.code === FAULT_CODES.UNKNOWN_METHOD) return NO_NAMESPACE;
  throw new UnhandledFailure(error);
}

function wrongApi(version: string): UpcheckProblem {
  return {
    line:
      "Sorry, this version of supervisorctl expects to talk to a server with API version " +
      `${API_VERSION}, but the remote version is ${version}.`,
    exitStatus: EXIT.WRONG_API,
  };
}

const NO_NAMESPACE: UpcheckProblem = {
  line:
    "Sorry, supervisord responded but did not recognize the supervisor namespace commands that " +
    "supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section " +
    "is enabled in the configuration file (see sample.conf).",
  exitStatus: EXIT.NO_NAMESPACE,
};
