// dnf over a repository of the packages under test, into the root of a host that is off: its real solver, and scripts in the
// order in which dnf runs them. What a distribution would provide is provided by an empty package.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { withoutPrograms } from "../../rig/programs.ts";

const BASE = `Name: stand-in
Version: 1
Release: 1
Summary: stands for the distribution
License: MIT
BuildArch: noarch
Provides: /bin/sh, /usr/sbin/groupadd
%description
x
%files
`;

/** A distribution's own Supervisor, as far as the solver is concerned. */
const SUPERVISOR = BASE.replace("Name: stand-in", "Name: supervisor")
  .replace("Provides: /bin/sh, /usr/sbin/groupadd\n", "")
  .replace("Version: 1", "Version: 4.2.5");

/** The reason to skip tests with dnf, or false. */
export function withoutDnf(): string | false {
  return withoutPrograms(["dnf", "rpmbuild", "createrepo_c"], "make test-packages");
}

/** A repository and a root to install into. */
export class Dnf {
  readonly #place: string;
  readonly #root: string;

  constructor(root: string, rpms: readonly string[], requires: readonly string[]) {
    this.#place = mkdtempSync("/var/tmp/tsv-dnf-");
    this.#root = root;
    const repository = join(this.#place, "repository");
    mkdirSync(repository);
    for (const rpm of rpms) copyFileSync(rpm, join(repository, basename(rpm)));
    this.#build(BASE.replace("groupadd\n", `groupadd, ${requires.join(", ")}\n`), repository);
    this.#build(SUPERVISOR, repository);
    this.#run(["createrepo_c", "-q", repository]);
  }

  #build(spec: string, repository: string): void {
    const file = join(this.#place, "stand-in.spec");
    writeFileSync(file, spec);
    const defines = {
      _topdir: join(this.#place, "top"),
      _rpmdir: repository,
      _rpmfilename: "%%{NAME}.rpm",
    };
    const words = Object.entries(defines).flatMap(([name, value]) => [
      "--define",
      `${name} ${value}`,
    ]);
    this.#run(["rpmbuild", "-bb", "--quiet", ...words, file]);
  }

  /** Runs dnf. @returns what it and the packages' scripts said @throws unless it succeeded */
  dnf(...words: readonly string[]): string {
    return this.#run([
      "dnf",
      "-y",
      `--installroot=${this.#root}`,
      "--disablerepo=*",
      `--repofrompath=tests,file://${join(this.#place, "repository")}`,
      "--enablerepo=tests",
      "--releasever=1",
      "--nogpgcheck",
      "--setopt=install_weak_deps=0",
      "--setopt=clean_requirements_on_remove=0",
      ...words,
    ]);
  }

  #run([program = "", ...words]: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(program, words, {
      encoding: "utf8",
      // Debian's rpm keeps its books in the caller's home.
      env: { ...process.env, HOME: this.#place },
    });
    if (status === 0) return `${stdout}${stderr}`;
    throw new Error(`${program} ${words.join(" ")}: status ${status}\n${stdout}${stderr}`);
  }

  /** What it leaves in the root, for `tree`. */
  get books(): readonly string[] {
    return [
      `${this.#place}/**`,
      this.#place,
      "/var/lib/dnf",
      "/var/lib/dnf/**",
      "/var/cache/dnf/**",
      "/var/cache/dnf",
      "/var/lib/rpm",
      "/var/lib/rpm/**",
      "/var/log/*",
      "/etc/dnf",
      "/etc/dnf/**",
      "/usr/lib/sysimage",
      "/usr/lib/sysimage/**",
      "/root/.rpmdb/**",
      "/root/.rpmdb",
    ];
  }

  dispose(): void {
    rmSync(this.#place, { recursive: true, force: true });
  }
}
