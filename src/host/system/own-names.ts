// Names of this host and this user.

import { homedir, hostname, userInfo } from "node:os";

/** As uname(2) has it, without a domain on most hosts. */
export function ownHostName(): string {
  return hostname();
}

/** The account of this process, and its home by $HOME or else by that account. Asks the name service. */
export function ownUser(): { readonly name: string; readonly home: string } {
  return { name: userInfo().username, home: process.env["HOME"] ?? homedir() };
}
