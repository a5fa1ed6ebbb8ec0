// Programs that leave processes, and what each kill_mode ends of them, on hosts and in containers.

/**
 * A script whose argument is a path that executes sleep(1). Its children are in its group, below shells, in sessions of their own,
 * orphans, and without environment. The seconds that each sleeps are its name; the main process is 1000.
 */
export const FAMILY = `kid=$1
$kid 1001 &
sh -c "sh -c '$kid 1002; true'; true" &
setsid sh -c "$kid 1003 & setsid $kid 1004 & exit" &
setsid sh -c "exec env -i $kid 1005" &
exec $kid 1000
`;
export const ALL = "1000 1001 1002 1003 1004 1005";

/**
 * A script of perl with the same argument: chains in which each process starts the next one, in a session of its own if there is
 * a second argument, and exits; and a crowd of orphans.
 */
export const STORM = `use POSIX;
my ($kid, $new) = @ARGV;
sub chain { while (1) { exit if fork; setsid() if $new; select(undef, undef, undef, 0.002) } }
for (1 .. 5) { chain() if !fork }
for (1 .. 50) { if (!fork) { setsid(); exit if fork; exec $kid, 1000 } }
exec $kid, 999;
`;

/** What a stop leaves of a family, by kill_mode, as tsv.conf(5) documents it. */
export const LEFT = {
  unset: "1001 1002 1003 1004 1005",
  process: "1001 1002 1003 1004 1005",
  group: "1003 1004 1005",
  tree: "",
  cgroup: "",
} as const;

/** A command of the shell that prints what lives of the family of a program whose path is /srv/NAME/kid, sorted. */
export const aliveOf = (name: string): string =>
  `ps -ww -eo args | sed -n 's|^/srv/${name}/kid ||p' | sort | xargs`;
