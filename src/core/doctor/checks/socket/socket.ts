// The checks of this folder, in the order in which they are made.

import type { Check } from "../../check.ts";
import { STALE_SOCKET } from "./sock-003-stale-socket.ts";

export const SOCKET_CHECKS: readonly Check[] = [STALE_SOCKET];
