// Longest path of a unix socket.

/** Bytes of sockaddr_un's path without the final NUL (unix(7)); macOS has four fewer than Linux. */
export function longestSocketPath(platform: string): number {
  return platform === "linux" ? 107 : 103;
}
