// One check for all paths of a server, before anything else of a request is looked at.

import type { ServerConfig } from "../core/config/model.ts";
import { type AdmissionRules, admit, refusalText } from "../core/web/admission.ts";
import { requestOrigin } from "../core/web/origin.ts";
import { ownHostName } from "../host/system/identity.ts";
import type { HttpReply, HttpRequest } from "../ports/http-server.ts";

/** Refuses what a page of another site makes a browser send; null for what may be answered. */
export function createAdmission(server: ServerConfig): (request: HttpRequest) => HttpReply | null {
  const rules = rulesOf(server);
  return ({ method, target, header }) => {
    const from = requestOrigin(header);
    const admission = admit({ method, target, from }, rules);
    if (admission === "allowed") return null;
    const headers = [["Content-Type", "text/plain;charset=utf-8"]] as const;
    const body = refusalText(admission, rules, from.host);
    return { kind: "whole", status: 403, headers, body };
  };
}

function rulesOf(server: ServerConfig): AdmissionRules {
  const { section, kind, credentials } = server;
  const isInet = kind === "inet";
  return {
    section,
    kind,
    address: isInet ? server.host : "",
    asksForPassword: credentials !== null,
    ownNames: isInet ? [ownHostName(), server.host].filter((name) => name !== "") : [],
    allowedHosts: isInet ? server.allowedHosts : [],
  };
}
