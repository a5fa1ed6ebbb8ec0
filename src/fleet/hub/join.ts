// `tsv fleet join`: on a device. Each step of joining can be the last one before a power cut: the next call with the same token
// continues.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { ConfigPlace } from "../../core/config/program-file.ts";
import {
  AGENT_PROGRAM,
  deviceFileText,
  type FleetSection,
  HUB_FILES,
  literal,
  readHubUrl,
} from "../../core/fleet/hub-files.ts";
import { type JoinReason, joinText, readJoinAnswer } from "../../core/fleet/joining.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { inboxOf, JOIN_SUBJECT, lastOfKey } from "../../core/fleet/subjects.ts";
import { type Invitation, readToken, type TokenProblem } from "../../core/fleet/token.ts";
import { addSetting } from "../../ctl/verb-arguments.ts";
import { calledPath } from "../../host/system/identity.ts";
import { monotonic } from "../../host/time/clock.ts";
import { startPause } from "../../host/time/pause.ts";
import { isFile, MODE, makeDirectory, readFileText, removePath, writeFile } from "../host/files.ts";
import { type ConnectFailure, connect, type Membership } from "../nats/connection.ts";
import { newKeyPair, publicKeyOf, sign } from "../nats/keys.ts";
import { denied } from "./change.ts";
import {
  applyPrograms,
  findDaemon,
  planFiles,
  sayAbsent,
  usersPart,
  writeProgramFile,
} from "./daemon.ts";
import {
  DEVICE_SECTIONS,
  type DeviceFiles,
  FLEET_SECTION,
  filesIn,
  PLACE_OPTION,
  placeOf,
} from "./device-files.ts";
import { utcMinute } from "./utc-text.ts";
import type { Call, HubVerb } from "./verb.ts";

export const join: HubVerb = {
  usage: "tsv fleet join [options] <token|->",
  summary: "make this host a device of a fleet",
  about: [
    "Make this host a device of a fleet, with a token of tsv fleet invite. - reads the token from standard input, where no other user sees it. The device makes a key of its own, which never leaves it, and the daemon runs the agent as [program:tsv-fleet].",
    "If it was interrupted, run it again with the same token.",
  ],
  options: [
    PLACE_OPTION,
    ["--through <host[:port]>", "connect to a relay of this site: tsv fleet relay", addSetting],
  ],
  examples: [
    ["tsv fleet join - < token", "with a token in a file"],
    ["tsv fleet join --through gateway.local - < token", "through a relay"],
  ],
  run: runJoin,
};

/** Milliseconds for nats-server to accept a new key, with ten thousand users. */
const ACCEPT_MS = 60_000;
/** Milliseconds for an answer of the hub's program to one request: it takes one after the other, and nats-server loses some. */
const ANSWER_MS = 10_000;
/** Milliseconds for the hub's program to start, or to come to this request. */
const IDLE_MS = 40_000;

async function runJoin(call: Call): Promise<number> {
  const [word, ...more] = call.given.words;
  if (word === undefined || more.length > 0)
    return call.misused("fleet join takes one token, or -");
  const prompt = call.terminal.stdinIsTty ? "Token: " : "";
  const text = word === "-" ? ((await call.terminal.readLine(prompt)) ?? "") : word;
  const through = call.option("--through");
  if (through !== null && readHubUrl(`tls://${through}`) === null) {
    return call.misused(`--through takes HOST:PORT, not '${through}'`);
  }
  const token = readToken(text);
  if (!token.ok) return call.misused(TOKEN_PROBLEMS[token.error]);
  const invitation = { ...token.value, through };
  const invited = publicKeyOf(invitation.seed);
  if (invited === null) return call.misused(TOKEN_PROBLEMS.damaged);
  const daemon = await findDaemon(call.words, call.given.ctlArguments, call.terminal);
  if (!daemon.ok) return call.fail(daemon.error);
  const files = filesIn(placeOf(call), invited);
  // `leave` would remove its authority.
  if (isFile(`${files.directory}/${HUB_FILES.settings}`)) {
    return call.failed(`${files.directory} is the directory of a hub`, [
      ["Name another --dir, or leave it out", null],
    ]);
  }
  const { place } = daemon.value;
  const own = deviceFileText(sectionOf(files, invitation), calledPath(), place.file);
  const program = planFiles([[AGENT_PROGRAM, (before) => withUsers(own, before, place)]], place);
  if (!program.ok) return call.fail(program.error);
  const joined = await joinHub(invitation, invited, files);
  if (!joined.ok) return denied(call, joined.error.message, joined.error.steps);
  for (const file of program.value) {
    const written = writeProgramFile(file);
    if (!written.ok) return denied(call, written.error, []);
  }
  const applied = await applyPrograms(daemon.value, [AGENT_PROGRAM]);
  if (!applied.ok) return call.fail(applied.error);
  const { name, url } = invitation;
  call.say(`${name} is a device of ${url}.`);
  call.result({ name, url });
  if (!applied.value) sayAbsent(call, daemon.value, "the agent");
  return FLEET_EXIT.OK;
}

const TOKEN_PROBLEMS: Readonly<Record<TokenProblem, string>> = {
  "no-token": "this is no token of tsv fleet invite: it begins with tsvj1_",
  newer: "this token is of a later version of tsv: upgrade this host first",
  damaged: "the token is damaged: copy the whole line again",
};

/** With the relay that `--through` names. */
type Taken = Invitation & { readonly through: string | null };

function sectionOf({ key, ca }: DeviceFiles, invitation: Taken): FleetSection {
  const { url, name, through } = invitation;
  const authority = invitation.ca === null ? null : literal(ca);
  return { url, name, key: literal(key), ca: authority, through };
}

/** The text with what the user has added to the file: labels of the device, and other sections. */
function withUsers(text: string, before: string | null, { raw }: ConfigPlace): string {
  const labels = raw.sections.get(FLEET_SECTION)?.options.get("labels")?.value;
  const line = labels === undefined ? "" : `labels=${labels.replaceAll("\n", "\n ")}\n`;
  const rest = before === null ? null : usersPart(before, DEVICE_SECTIONS);
  return text.replace("[fleet]\n", () => `[fleet]\n${line}`) + (rest === null ? "" : `\n${rest}`);
}

type Failure = Pick<Complaint, "message" | "steps">;

/** The key of the device is accepted by the hub when this has succeeded, and in its place. */
async function joinHub(
  invitation: Taken,
  invited: string,
  files: DeviceFiles,
): Promise<Result<true, Failure>> {
  const prepared = prepare(invitation, files);
  if (!prepared.ok) return err({ message: prepared.error, steps: [] });
  const member = memberOf(invitation, files);
  // After a power cut, a key may be accepted already.
  const isBegun = isFile(files.newKey);
  if (!isBegun && isFile(files.key)) {
    const kept = await tryKey(member(files.key));
    const isOther = kept.ok && !(await isOfName(member(files.key)));
    if (kept.ok && !isOther) return finish(files);
    if (kept.ok || kept.error.kind !== "refused") {
      forget(files);
      return err(kept.ok ? otherName(invitation) : failureText(kept.error, invitation));
    }
  }
  const seed = isBegun ? readFileText(files.newKey) : ok(newKeyPair().seed);
  if (!seed.ok) return err({ message: seed.error, steps: [] });
  const own = (seed.value ?? "").trim();
  const begun = isBegun ? ok(true as const) : writeFile(files.newKey, `${own}\n`, MODE.SECRET);
  if (!begun.ok) return err({ message: begun.error, steps: [] });
  const request = requestOf(invitation, invited, own);
  const joined = await askUntilAccepted(request, member, files, isBegun);
  if (joined.ok) return finish(files);
  forget(files);
  const { error } = joined;
  // The hub does not have the key: both were refused, or it said so.
  if ("isFinal" in error ? error.isFinal : error.kind === "refused") removePath(files.newKey);
  return err("isFinal" in error ? error : failureText(error, invitation));
}

/** An answer of the hub, or of nats-server in its place. */
type Refused = Failure & {
  /** The hub has not admitted the key, whatever was asked before. */
  readonly isFinal: boolean;
};

/**
 * Asks until the key of the device is accepted. nats-server has one of both keys: if it refuses that of the invitation, and then that
 * of the device, another device has joined, or the invitation is over.
 * @param isBegun the hub may have been asked before
 */
async function askUntilAccepted(
  request: string,
  member: (key: string) => Membership,
  files: DeviceFiles,
  isBegun: boolean,
): Promise<Result<true, ConnectFailure | Refused>> {
  const end = monotonic() + ACCEPT_MS;
  const idleEnd = monotonic() + IDLE_MS;
  let isAsked = isBegun;
  let isReached = false;
  let failures = 0;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const before = isAsked ? await tryKey(member(files.newKey)) : null;
    if (before?.ok === true) return before;
    const asked = await ask(request, member(files.invitation));
    if (!asked.ok && "isFinal" in asked.error) {
      if (asked.error.isFinal || monotonic() + pause > idleEnd) return asked;
      isReached = true;
      // It may have admitted the key, and be too late to say so.
      isAsked = true;
      await startPause(pause).over;
      continue;
    }
    const problem = asked.ok || "isFinal" in asked.error ? null : asked.error.kind;
    if (problem !== "unreachable") isReached = true;
    // nats-server may be about to read its users, or to start, or the device is busy.
    const isLate = monotonic() + pause > end;
    if (problem === "unreachable" && (isReached ? !isLate : failures < MOST_FAILURES)) {
      failures += 1;
      isAsked ||= isReached;
      await startPause(pause).over;
      continue;
    }
    if (problem !== null && problem !== "refused") return asked;
    const after = await tryKey(member(files.newKey));
    if (after.ok) return after;
    const { kind } = after.error;
    if (isLate || (kind === "refused" && problem !== null)) return after;
    if (kind !== "refused" && kind !== "unreachable") return after;
    isAsked = true;
    await startPause(pause).over;
  }
}

const MOST_FAILURES = 1;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

async function tryKey(membership: Membership): Promise<Result<true, ConnectFailure>> {
  const made = await connect(membership);
  if (!made.ok) return made;
  await made.value.close();
  return ok(true);
}

/** Whether the hub has a key under the name: a device may read what it has reported, and nothing of another name. */
async function isOfName(membership: Membership): Promise<boolean> {
  const made = await connect(membership);
  if (!made.ok) return true;
  const asked = await made.value.request(lastOfKey("reported", membership.name), "", ANSWER_MS);
  await made.value.close();
  return asked.ok || asked.error !== "denied";
}

function otherName({ url }: Invitation): Failure {
  const message = `this host is a device of ${url} already, with another name`;
  return {
    message,
    steps: [
      ["To give it this one", "tsv fleet leave"],
      ["Then use the token again", null],
    ],
  };
}

function requestOf({ name, seed }: Invitation, invitation: string, own: string): string {
  const request = { name, invitation, key: publicKeyOf(own) ?? "" };
  const text = joinText(request);
  return JSON.stringify({ ...request, byInvitation: sign(seed, text), byKey: sign(own, text) });
}

function prepare(invitation: Invitation, files: DeviceFiles): Result<true, string> {
  const made = makeDirectory(files.directory, 0o700);
  if (!made.ok) return made;
  const authority =
    invitation.ca === null ? ok(true as const) : writeFile(files.newCa, invitation.ca, MODE.PUBLIC);
  return authority.ok
    ? writeFile(files.invitation, `${invitation.seed}\n`, MODE.SECRET)
    : authority;
}

function memberOf({ url, name, ca, through }: Taken, files: DeviceFiles) {
  return (key: string): Membership => ({
    ...{
      url,
      through,
      key,
      ca: ca === null ? null : files.newCa,
      name,
      inboxPrefix: inboxOf(name),
    },
  });
}

/** What is of no use when joining has failed. */
function forget({ invitation, newCa }: DeviceFiles): void {
  for (const path of [invitation, newCa]) removePath(path);
}

/** The last steps: the new key and its authority take their places. */
function finish({ newKey, key, newCa, ca, invitation }: DeviceFiles): Result<true, Failure> {
  for (const [from, to, mode] of [
    [newKey, key, MODE.SECRET],
    [newCa, ca, MODE.PUBLIC],
  ] as const) {
    const text = readFileText(from);
    const kept =
      text.ok && text.value !== null ? writeFile(to, text.value, mode) : ok(true as const);
    if (!kept.ok) return err({ message: kept.error, steps: [] });
  }
  for (const path of [newKey, newCa, invitation]) {
    const removed = removePath(path);
    if (!removed.ok) return err({ message: removed.error, steps: [] });
  }
  return ok(true);
}

/** Asks the hub. An answer that was lost is no error: the key shows whether it is accepted. */
async function ask(
  request: string,
  membership: Membership,
): Promise<Result<true, ConnectFailure | Refused>> {
  const made = await connect(membership);
  if (!made.ok) return made;
  const session = made.value;
  const sent = await Promise.race([
    session.request(JOIN_SUBJECT, request, ANSWER_MS),
    session.ended.then(() => err("lost" as const)),
  ]);
  await session.close();
  if (!sent.ok) {
    if (sent.error === "lost" || sent.error === "denied") return ok(true);
    const message = "the hub is reached, but its program tsv-fleet-hub does not answer";
    return err({ isFinal: false, message, steps: [["On the hub", "tsv why tsv-fleet-hub"]] });
  }
  const answer = readJoinAnswer(new TextDecoder().decode(sent.value.data));
  if (answer === null || answer.ok) return ok(true);
  const message = `the hub has not admitted this device: ${REASONS[answer.error]}`;
  // It may have written the key into its list.
  if (answer.error === "failed") {
    const steps = [["On the hub, its log has the reason", "tsv logs tsv-fleet-hub"]] as const;
    return err({ isFinal: false, message, steps });
  }
  return err({ isFinal: true, message, steps: againSteps(membership) });
}

const REASONS: Readonly<Record<JoinReason, string>> = {
  invalid: "it takes the request for invalid",
  unknown: "it does not know the invitation",
  used: "the token was used by another device",
  expired: "the token has expired",
  failed: "it cannot write its list of members",
};

function againSteps({ name }: Pick<Invitation, "name">): Complaint["steps"] {
  return [["Make a new token, on the hub", `tsv fleet invite ${name}`]];
}

/** Why there is no connection, and what helps. */
function failureText({ kind, text }: ConnectFailure, invitation: Invitation): Failure {
  const until = utcMinute(invitation.until);
  const now = Date.now();
  if (kind === "refused") {
    const message =
      invitation.until <= now
        ? `the token expired at ${until} UTC`
        : "the hub does not accept the token: it was used, revoked or replaced";
    return { message, steps: againSteps(invitation) };
  }
  if (kind === "certificate" && /NOT_YET_VALID|EXPIRED/.test(text)) {
    const message = `${text}; the clock of this host says ${utcMinute(now)} UTC`;
    return {
      message,
      steps: [[`If that is wrong, set it; the token is good until ${until} UTC`, null]],
    };
  }
  if (kind === "certificate") {
    return { message: `${text} (${invitation.url})`, steps: againSteps(invitation) };
  }
  const steps: Complaint["steps"] = [
    ["Its port must be open for this host, and nats-server must run there", null],
  ];
  return { message: `${text} (${invitation.url})`, steps: kind === "unreachable" ? steps : [] };
}
