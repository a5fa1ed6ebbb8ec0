// packaging/container/nginx-php, as people copy it: its Containerfile is built and its servers answer.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../e2e/rig/places.ts";
import type { Container } from "./rig/container.ts";
import { containerTest, type Rig } from "./rig/rig.ts";

const EXAMPLE = join(ROOT, "packaging/container/nginx-php");
/** As docker run in the comment of the Containerfile. */
const READ_ONLY = { readOnly: true, tmpfs: ["/tmp"] };

async function build(
  rig: Rig,
  change: (config: string) => string = (same) => same,
): Promise<string> {
  const names = readdirSync(EXAMPLE).filter((name) => name !== "Containerfile");
  const files = names.map((name) => {
    const text = readFileSync(join(EXAMPLE, name), "utf8");
    return [name, name === "supervisord.conf" ? change(text) : text] as const;
  });
  const containerfile = readFileSync(join(EXAMPLE, "Containerfile"), "utf8");
  return rig.build(containerfile, Object.fromEntries(files));
}

async function page(container: Container): Promise<string> {
  const get = 'echo file_get_contents("http://127.0.0.1:8080/");';
  const { stdout, stderr } = await container.exec("php", "-r", get);
  return stdout + stderr;
}

containerTest(
  "nginx and php-fpm answer, are healthy, and stop within docker's grace",
  async (rig) => {
    const image = await build(rig);
    for (const options of [{}, READ_ONLY]) {
      const container = await rig.run(image, options);
      await container.printed(/success: nginx entered RUNNING/);
      assert.ok(
        container.stdout.indexOf("success: php-fpm") < container.stdout.indexOf("spawned: 'nginx'"),
        container.stdout,
      );
      assert.match(await page(container), /^Hello from PHP 8/);
      await container.printed(/^\S+ nginx +\| .*"GET \/ HTTP\/1\.[01]" 200/, 1, "stdout");
      assert.equal((await container.health()).status, 0);
      assert.equal(await container.stop(10), 0);
    }
  },
);

containerTest(
  "php-fpm that is killed is restarted; one that cannot run ends the container",
  async (rig) => {
    const container = await rig.run(await build(rig), READ_ONLY);
    await container.printed(/success: nginx entered RUNNING/);
    const config = ["-c", "/etc/app/supervisord.conf"];
    await container.exec("tsv", "signal", ...config, "KILL", "php-fpm");
    await container.printed(/success: php-fpm entered RUNNING/, 2);
    assert.match(await page(container), /^Hello from PHP 8/);
    assert.equal(await container.stop(10), 0);

    const broken = await rig.run(
      await build(rig, (text) =>
        text.replace("php-fpm.conf", "missing.conf").replace("autorestart=true", "startretries=0"),
      ),
    );
    assert.equal(await broken.exited(), 78, broken.stdout + broken.stderr);
  },
);
