// A request for a unix socket.

export interface UnixSocketRequest {
  readonly path: string;
  readonly mode: number;
  /** Whose the file becomes; null leaves it ours. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly backlog: number;
}
