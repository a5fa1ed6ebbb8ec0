// The pages of one log, and those that say that something is missing, by the rules of axe-core.

import { expectAccessible } from "./axe.ts";
import { visit } from "./rig.ts";

const WEB = "[program:web]\ncommand=sh -c 'echo hello from web; exec sleep 1000'\nstartsecs=0\n";

visit("the pages of one log are accessible", WEB, async (v) => {
  for (const [address, text] of [
    ["/tail.html?processname=web&limit=16384", "hello from web"],
    ["/tail.html?log=main&limit=65536", "spawned: 'web'"],
  ] as const) {
    await expectAccessible(v, address, (page) => page.getByText(text).waitFor());
  }
});

visit(
  "the pages of what is missing are accessible",
  `${WEB}[group:pool]\nprograms=web\n`,
  async (v) => {
    for (const [address, heading] of [
      ["/program.html?processname=gone", "No such program"],
      ["/program.html?processname=pool", "pool is a group"],
      ["/tail.html?processname=gone&limit=1024", "No such program"],
      ["/nothing", "Not Found"],
    ] as const) {
      await expectAccessible(v, address, (page) =>
        page.getByRole("heading", { name: heading }).waitFor(),
      );
    }
  },
);
