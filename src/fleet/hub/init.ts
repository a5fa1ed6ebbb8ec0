// `tsv fleet init`: makes this host the hub of a fleet. What is there already stays as it is, and only what is missing is made.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { absolutePath } from "../../core/config/paths.ts";
import {
  HUB_FILES,
  HUB_PROGRAM,
  type HubSettings,
  hubProgramText,
  monitoringPort,
  NATS_PROGRAM,
  natsProgramText,
  natsServerText,
  readHubUrl,
} from "../../core/fleet/hub-files.ts";
import { withMember } from "../../core/fleet/members.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { FLEET_NAME } from "../../core/fleet/subjects.ts";
import { addSetting, set } from "../../ctl/verb-arguments.ts";
import { calledPath, ownHostName } from "../../host/system/identity.ts";
import { issueCertificate, makeAuthority } from "../host/certificates.ts";
import {
  accountOf,
  findCommand,
  isFile,
  MODE,
  makeDirectory,
  readFileText,
  removeEmpty,
  removePath,
  writeFile,
} from "../host/files.ts";
import { portProblem } from "../host/port.ts";
import { newKeyPair, publicKeyOf } from "../nats/keys.ts";
import {
  applyPrograms,
  findDaemon,
  type HostDaemon,
  type ProgramFile,
  planFiles,
  restoreProgramFile,
  sayAbsent,
  writeProgramFile,
} from "./daemon.ts";
import { makeOperator, operatorDirectory } from "./operator.ts";
import { membersOf, NATS_USER, openHub, reloadUsers, sharedGroup, writeMembers } from "./store.ts";
import { type Call, DIR_OPTION, type HubVerb, USUAL_DIRECTORY } from "./verb.ts";

const USUAL_STORE = "/var/lib/tsv-fleet";
const FIRST_OPERATOR = "admin";

export const init: HubVerb = {
  usage: "tsv fleet init [options]",
  summary: "make this host the hub of a fleet",
  about: [
    "Make this host the hub of a fleet: nats-server, which devices and operators connect to, and the hub's program. Both are programs of the daemon of this host.",
    "What exists already stays as it is; what is missing is made. To renew the certificate of the hub, remove hub.pem and hub-tls.key from its directory, and run this again.",
  ],
  options: [
    ["--name <name>", "the name of the hub (default: that of this host)", addSetting],
    [
      "--url <tls://host:port>",
      "where devices reach the hub (default: the name of this host, port 4222)",
      addSetting,
    ],
    ["--cert <file>", "a certificate that devices trust, instead of one of its own", addSetting],
    ["--key <file>", "the key of that certificate", addSetting],
    ["--store <directory>", `what streams hold (default: ${USUAL_STORE})`, addSetting],
    DIR_OPTION,
    ["--plan", "show what would be made, and change nothing", set("plan")],
  ],
  examples: [
    ["tsv fleet init --url tls://hub.example.com:4222", "with a certificate of its own"],
    ["tsv fleet init --plan", "show what would be made"],
  ],
  run: runInit,
};

/** A file that is missing. */
interface Missing {
  readonly path: string;
  /** For the user. */
  readonly what: string;
  readonly mode: number;
  readonly gid: number | null;
}

async function runInit(call: Call): Promise<number> {
  const { terminal, given } = call;
  const [word] = given.words;
  if (word !== undefined) return call.misused(`fleet init takes no words, and was given '${word}'`);
  const nats = findCommand("nats-server");
  if (nats === null) return call.fail(noNatsServer());
  const daemon = await findDaemon(call.words, given.ctlArguments, terminal);
  if (!daemon.ok) return call.fail(daemon.error);
  const hub = planHub(call, daemon.value, nats);
  if (!hub.ok) return call.fail(hub.error);
  const { directory, settings, missing, programs } = hub.value;
  const files = programs.filter(({ before, text }) => before !== text);
  for (const { path, what } of missing) terminal.write(`  + ${path}: ${what}\n`);
  for (const { path } of files) terminal.write(`  + ${path}: a program\n`);
  if (missing.length + files.length === 0) call.say("Everything exists already.");
  const port = readHubUrl(settings.url)?.port ?? 0;
  if (files.length > 0) {
    const taken =
      (await portProblem("0.0.0.0", port)) ??
      (await portProblem("127.0.0.1", monitoringPort(port)));
    if (taken !== null) return call.fail(portTaken(taken));
  }
  if (given.plan) {
    call.say("Nothing was changed.");
    return FLEET_EXIT.OK;
  }
  const made = make(hub.value);
  if (!made.ok) return call.fail(denied(made.error, daemon.value));
  const applied = await applyPrograms(daemon.value, [NATS_PROGRAM, HUB_PROGRAM]);
  if (!applied.ok) return call.fail(applied.error);
  if (!applied.value) sayAbsent(call, daemon.value, "the hub");
  else {
    const answers = await reloadUsers({ directory, settings }, daemon.value.call);
    const steps = [["Find out why", `tsv why${daemon.value.option} ${NATS_PROGRAM}`]] as const;
    if (!answers.ok) return call.failed(answers.error, steps);
  }
  const operators = `${directory}/${HUB_FILES.operators}`;
  const dir = directory === USUAL_DIRECTORY ? "" : ` --dir ${shellWord(directory)}`;
  terminal.write(`
The hub ${settings.name} is at ${settings.url}.
  Open in the firewall:   TCP port ${port}, from devices and operators
  Invite a device:        tsv fleet invite${dir} NAME
  The first operator:     ${operators}/${FIRST_OPERATOR}
`);
  return FLEET_EXIT.OK;
}

function noNatsServer(): Complaint {
  const apt = findCommand("apt-get") !== null;
  const steps: Complaint["steps"] = apt
    ? [
        ["Install it", "apt-get install nats-server"],
        ["Its own service would take the port", "systemctl disable --now nats-server"],
      ]
    : [["Get it from https://github.com/nats-io/nats-server/releases, 2.9 or newer", null]];
  return { kind: "failed", message: "nats-server is not installed", steps };
}

function portTaken(problem: string): Complaint {
  return {
    kind: "failed",
    message: problem,
    steps: [
      ["If it is the service of the package of nats-server", "systemctl disable --now nats-server"],
      ["Or use another port", "tsv fleet init --url tls://HOST:4223"],
    ],
  };
}

function denied(message: string, { again }: HostDaemon): Complaint {
  const isDenied = message.endsWith("permission denied");
  return isDenied
    ? { kind: "permission-denied", message, steps: [["Try it as root", `sudo ${again}`]] }
    : { kind: "failed", message, steps: [] };
}

interface HubPlan {
  readonly directory: string;
  readonly settings: HubSettings;
  /** Of a given certificate, absolute paths; null for one of its own. */
  readonly given: { readonly cert: string; readonly key: string } | null;
  readonly missing: readonly Missing[];
  readonly programs: readonly ProgramFile[];
}

/** What there should be, and what of it is missing. */
function planHub(call: Call, daemon: HostDaemon, nats: string): Result<HubPlan, Complaint> {
  const { cwd } = daemon.place.world;
  const path = (option: string, usual: string): string =>
    absolutePath(call.option(option) ?? usual, cwd);
  const directory = path("--dir", USUAL_DIRECTORY);
  const usage = (message: string): Result<never, Complaint> =>
    err({ kind: "usage", message, steps: [["For help", "tsv fleet init -h"]] });
  const isThere = isFile(`${directory}/${HUB_FILES.settings}`);
  const present = isThere ? openHub(directory) : null;
  if (present?.ok === false) return err({ kind: "failed", message: present.error, steps: [] });
  const host = ownHostName();
  const [cert, key] = [call.option("--cert"), call.option("--key")];
  if ((cert === null) !== (key === null)) return usage("--cert and --key go together");
  const given =
    cert === null || key === null
      ? null
      : { cert: absolutePath(cert, cwd), key: absolutePath(key, cwd) };
  const unreadable =
    given === null ? undefined : [given.cert, given.key].find((one) => !isFile(one));
  if (unreadable !== undefined) return usage(`${unreadable} is no file`);
  const short = host.replace(/\..*/s, "").replace(/[^A-Za-z0-9_-]/g, "-");
  const wanted: HubSettings = {
    name: call.option("--name") ?? short,
    url: call.option("--url") ?? `tls://${host}:4222`,
    store: path("--store", USUAL_STORE),
    config: absolutePath(daemon.place.file, cwd),
    hasAuthority: given === null,
  };
  if (!FLEET_NAME.test(wanted.name)) {
    return usage(`'${wanted.name}' is no name: use letters, digits, _ and -, at most 63`);
  }
  if (wanted.name === FIRST_OPERATOR) {
    return usage(`${FIRST_OPERATOR} is the name of the first operator: use --name for the hub`);
  }
  const address = readHubUrl(wanted.url);
  if (address === null) return usage(`'${wanted.url}' is no tls://HOST:PORT`);
  const settings = present?.value.settings ?? wanted;
  for (const option of ["name", "url", "store"] as const) {
    if (call.option(`--${option}`) === null || wanted[option] === settings[option]) continue;
    const message = `the hub in ${directory} exists already, with the ${option} ${settings[option]}`;
    return err({
      kind: "failed",
      message,
      steps: [["Leave the option out, or name another --dir", null]],
    });
  }
  const other = otherCertificate(directory, settings, given, isThere);
  if (other !== null) return err({ kind: "failed", ...other });
  const programs = programsOf(directory, settings, daemon, nats);
  if (!programs.ok) return programs;
  const group = sharedGroup();
  const files: readonly Missing[] = [
    {
      path: HUB_FILES.authorityKey,
      what: "the key of its authority",
      mode: MODE.SECRET,
      gid: null,
    },
    { path: HUB_FILES.authority, what: "its authority, 20 years", mode: MODE.PUBLIC, gid: null },
    {
      path: HUB_FILES.certificateKey,
      what: "the key of its certificate",
      mode: MODE.SHARED,
      gid: group,
    },
    {
      path: HUB_FILES.certificate,
      what: "its certificate, 10 years",
      mode: MODE.PUBLIC,
      gid: null,
    },
    { path: HUB_FILES.natsServer, what: "nats-server", mode: MODE.SHARED, gid: group },
    { path: HUB_FILES.key, what: "the key of its program", mode: MODE.SECRET, gid: null },
    { path: HUB_FILES.members, what: "members", mode: MODE.SECRET, gid: null },
    { path: HUB_FILES.users, what: "users of nats-server", mode: MODE.SHARED, gid: group },
    {
      path: HUB_FILES.settings,
      what: "the name and the url of the hub",
      mode: MODE.PUBLIC,
      gid: null,
    },
  ];
  const own: readonly string[] = [
    ...[HUB_FILES.authorityKey, HUB_FILES.authority],
    ...[HUB_FILES.certificateKey, HUB_FILES.certificate],
  ];
  const missing = files
    .filter(({ path: name }) => settings.hasAuthority || !own.includes(name))
    .map((each) => ({ ...each, path: `${directory}/${each.path}` }))
    .filter((each) => !isFile(each.path));
  return ok({ directory, settings, given, missing, programs: programs.value });
}

/** Why a hub that exists cannot have this certificate; null if it can, or is new. */
function otherCertificate(
  directory: string,
  { hasAuthority }: HubSettings,
  given: HubPlan["given"],
  isThere: boolean,
): Pick<Complaint, "message" | "steps"> | null {
  if (!isThere || (hasAuthority && given === null)) return null;
  const path = `${directory}/${HUB_FILES.natsServer}`;
  const read = readFileText(path);
  const text = read.ok ? read.value : null;
  if (hasAuthority) {
    const message = `the hub in ${directory} exists already, and its devices trust its own authority only`;
    return { message, steps: [["Leave --cert and --key out", null]] };
  }
  if (text === null && given === null) {
    const message = `${path} is missing, which names the certificate`;
    return { message, steps: [["Name it again", "tsv fleet init --cert FILE --key FILE"]] };
  }
  const isSame = (one: string): boolean => text === null || text.includes(JSON.stringify(one));
  if (given === null || (isSame(given.cert) && isSame(given.key))) return null;
  const message = `the hub in ${directory} exists already, with another certificate`;
  return {
    message,
    steps: [
      [`Set cert_file and key_file in ${path}`, null],
      ["Then let it read them", `tsv signal HUP ${NATS_PROGRAM}`],
    ],
  };
}

function programsOf(
  directory: string,
  { url }: HubSettings,
  { place }: HostDaemon,
  nats: string,
): Result<readonly ProgramFile[], Complaint> {
  const port = readHubUrl(url)?.port ?? 0;
  const user = sharedGroup() === null ? null : NATS_USER;
  const server = natsProgramText(directory, nats, port, user);
  const hub = hubProgramText(directory, calledPath());
  // Changes that the user has made stay.
  const wanted = [
    [NATS_PROGRAM, (before: string | null) => before ?? server],
    [HUB_PROGRAM, (before: string | null) => before ?? hub],
  ] as const;
  return planFiles(wanted, place);
}

/** Makes what is missing, or nothing. The error is a clause. */
function make(plan: HubPlan): Result<true, string> {
  const undos: (() => Result<boolean, string>)[] = [];
  const made = makeAll(plan, undos);
  if (made.ok) return made;
  const left = undos.reverse().flatMap((undo) => {
    const undone = undo();
    return undone.ok ? [] : [undone.error];
  });
  return err([made.error, ...left].join("; "));
}

function makeAll(
  { directory, settings, given, missing, programs }: HubPlan,
  undos: (() => Result<boolean, string>)[],
): Result<true, string> {
  const group = sharedGroup();
  const own = process.geteuid?.() ?? 0;
  const shared = group === null ? null : { uid: own, gid: group };
  for (const [path, mode, owner] of [
    [directory, 0o750, shared],
    [settings.store, 0o700, group === null ? null : accountOf(NATS_USER)],
    [`${directory}/${HUB_FILES.operators}`, 0o700, null],
  ] as const) {
    const made = makeDirectory(path, mode, owner);
    if (!made.ok) return made;
    if (made.value) undos.push(() => ok(removeEmpty(path)));
  }
  const texts = textsOf(directory, settings, given, missing);
  if (!texts.ok) return texts;
  for (const { path, mode, gid } of missing) {
    const text = texts.value.get(path);
    if (text === undefined) continue;
    undos.push(() => removePath(path));
    const written = writeFile(path, text, mode, gid);
    if (!written.ok) return written;
  }
  const members = firstMembers(directory, settings, missing, undos);
  if (!members.ok) return members;
  for (const program of programs) {
    undos.push(() => restoreProgramFile(program));
    const written = writeProgramFile(program);
    if (!written.ok) return written;
  }
  return ok(true);
}

/** The texts of missing files, by their paths. */
function textsOf(
  directory: string,
  settings: HubSettings,
  given: HubPlan["given"],
  missing: readonly Missing[],
): Result<ReadonlyMap<string, string>, string> {
  const path = (name: string): string => `${directory}/${name}`;
  const texts = new Map<string, string>();
  const isMissing = (...names: readonly string[]): boolean =>
    names.some((name) => missing.some((each) => each.path === path(name)));
  const textNow = (name: string): string => {
    const read = readFileText(path(name));
    return texts.get(path(name)) ?? (read.ok ? (read.value ?? "") : "");
  };
  const { authority, authorityKey, certificate, certificateKey } = HUB_FILES;
  const isNew =
    !isFile(path(authority)) && !isFile(path(authorityKey)) && !isFile(path(certificate));
  if (isNew && settings.hasAuthority) {
    const made = makeAuthority(settings.name);
    if (!made.ok) return made;
    texts.set(path(authority), made.value.cert).set(path(authorityKey), made.value.key);
  } else if (isMissing(authority, authorityKey)) {
    // A new authority would be one that no device knows.
    return err(`${path(authority)} or ${authorityKey} is missing: restore it from a backup`);
  }
  if (isMissing(certificate, certificateKey)) {
    const by = { cert: textNow(authority), key: textNow(authorityKey) };
    const made = issueCertificate(by, readHubUrl(settings.url)?.host ?? "");
    if (!made.ok) return made;
    texts.set(path(certificate), made.value.cert).set(path(certificateKey), made.value.key);
  }
  const tls = given ?? { cert: path(certificate), key: path(certificateKey) };
  texts.set(path(HUB_FILES.natsServer), natsServerText(settings, tls));
  texts.set(path(HUB_FILES.settings), `${JSON.stringify(settings)}\n`);
  texts.set(path(HUB_FILES.key), `${newKeyPair().seed}\n`);
  return ok(texts);
}

/** Writes the list of members, if it is missing or lacks the key of the hub, and the users that follow from it. */
function firstMembers(
  directory: string,
  settings: HubSettings,
  missing: readonly Missing[],
  undos: (() => Result<boolean, string>)[],
): Result<true, string> {
  const { name } = settings;
  const seed = readFileText(`${directory}/${HUB_FILES.key}`);
  if (!seed.ok) return seed;
  const key = publicKeyOf((seed.value ?? "").trim());
  if (key === null) return err(`${directory}/${HUB_FILES.key} has no seed of an nkey`);
  const before = membersOf(directory);
  if (!before.ok) return before;
  const isComplete = before.value.some((member) => member.kind === "hub" && member.key === key);
  if (isComplete && !missing.some(({ path }) => path.endsWith(`/${HUB_FILES.users}`))) {
    return ok(true);
  }
  if (before.value.length > 0) {
    const members = withMember(before.value, { kind: "hub", name, key });
    return writeMembers(directory, before.value, members);
  }
  for (const file of [HUB_FILES.members, HUB_FILES.users, HUB_FILES.proof, HUB_FILES.record]) {
    undos.push(() => removePath(`${directory}/${file}`));
  }
  undos.push(() => removePath(operatorDirectory(directory, FIRST_OPERATOR)));
  const operator = makeOperator({ directory, settings }, FIRST_OPERATOR, "admin");
  if (!operator.ok) return operator;
  return writeMembers(directory, [], [{ kind: "hub", name, key }, operator.value]);
}
