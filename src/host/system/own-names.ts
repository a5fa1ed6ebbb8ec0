// Names of this host and this user. No other file asks Node about the user: an arbitrary uid of a container has no entry in
// /etc/passwd, and Node throws then.

import { homedir, hostname, userInfo } from "node:os";

/** The user and the group of this process, as its account has them. */
interface OwnAccount {
  readonly uid: number;
  readonly gid: number;
  /** The uid as a number where it has no entry in /etc/passwd. */
  readonly name: string;
}

/** As uname(2) has it, without a domain on most hosts. */
export function ownHostName(): string {
  return hostname();
}

/** Asks the name service. */
export function ownAccount(): OwnAccount {
  try {
    const { uid, gid, username } = userInfo();
    return { uid, gid, name: username };
  } catch {
    const [uid, gid] = [process.geteuid?.() ?? -1, process.getegid?.() ?? -1];
    return { uid, gid, name: String(uid) };
  }
}

/** By $HOME, or else by the account, for which it asks the name service. "/" where there is none, as container engines have it. */
export function ownHome(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env["HOME"] ?? homeOfAccount();
}

function homeOfAccount(): string {
  try {
    return homedir();
  } catch {
    return "/";
  }
}

/** The account of this process and its home. */
export function ownUser(): { readonly name: string; readonly home: string } {
  return { name: ownAccount().name, home: ownHome() };
}
