// Permissions of callers: a few permissions, roles that have some of them, and one decision. Each RPC method and each path
// of the servers declares the permission that it requires. A new role is a row of the table.

/** All that is permitted or not. */
export const PERMISSIONS = [
  /** Look at states and logs of programs. */
  "read",
  /** Start, stop, signal and feed programs, clear their logs. */
  "control",
  /**
   * Decide which programs there are and how they run, read and clear the activity log, see environments, send events, call
   * methods of users' modules, which may do anything. None of this is limited to some programs.
   */
  "configure",
  /** End, restart or replace the daemon. */
  "shutdown",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Every role that passes has "read": the paths of RPC need it before a method is looked at. */
export const ROLES = {
  /** A caller without a role of its own: that has the password of a server section, or needs none. */
  admin: PERMISSIONS,
  /** Of a section [user:x]. */
  operate: ["read", "control"],
  /** Of a section [user:x], or in the read_group= of a unix socket. */
  read: ["read"],
  /** A caller without the right password, where one is asked for. */
  anonymous: [],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type Role = keyof typeof ROLES;

/** Roles that a configuration gives. Each has the permissions of the one before, and more. */
export const USER_ROLES = ["read", "operate", "admin"] as const satisfies readonly Role[];

/** Whether a principal may do what needs `permission`. */
export function may({ role }: { readonly role: Role }, permission: Permission): boolean {
  const permissions: readonly Permission[] = ROLES[role];
  return permissions.includes(permission);
}

/** The answer to a caller that may not. */
export function deniedText(permission: Permission): string {
  const role = USER_ROLES.find((each) => may({ role: each }, permission));
  return `not permitted: this needs the role ${role}`;
}

const DENIALS = PERMISSIONS.map(deniedText);

/** Whether a text is such an answer. */
export function isDenial(text: string | null): boolean {
  return text !== null && DENIALS.includes(text);
}
