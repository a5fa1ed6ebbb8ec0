// Error messages of shells, of common commands and of the C library, their meaning, and what to do. Data only; the first row
// that matches a line explains it. A word is called a path only where it has a slash, an extension or quotes.

export interface ErrorMessage {
  readonly pattern: RegExp;
  /** `$1` and `$2` are the groups that matched, without those that did not take part. */
  readonly meaning: string;
  readonly advice: string;
  /** Left out if a group that it names has characters that a shell would interpret. */
  readonly command?: string;
  /** The command runs in the directory of the program, as its user. */
  readonly isLocal?: true;
  /** Makes the program check its configuration: its own command with this option does the same as `command`. */
  readonly check?: string;
  /** It only says that something failed: an error that stands above explains more. */
  readonly isResult?: true;
}

export const ANOTHER_PATH = "Correct the path in command=, or set directory=";

const INSTALL = "Install $1, write its whole path, or set PATH with environment=";
const CREATE = "Create $1, or correct the path; directory= decides about relative paths";
const RESTRICTED = "its user may not listen at that address: ports below 1024 are root's";
const OTHER_PORT = "Use a port above 1023, or grant its file the capability cap_net_bind_service";

export const SYSTEM_MESSAGES: readonly ErrorMessage[] = [
  // Shells, and commands that run commands.
  {
    pattern: /(?:^|\s)[^\s:]+: (?:(?:line )?\d+: )?(?:exec: )?([^\s:]*\/[^\s:]*): not found$/,
    meaning: "the command $1 does not exist, or the interpreter of its first line does not",
    advice: "Install it, or correct the path",
  },
  {
    pattern:
      /(?:^|\s)(?:[^\s:]*sh: |[^\s:]+: (?:line )?\d+: )(?:exec: )?([^:\s]+): (?:command )?not found$|command not found: (\S+)$|exec: "([^"]+)": executable file not found/,
    meaning: "the command $1 is in no directory of PATH",
    advice: INSTALL,
  },
  {
    pattern:
      /(?:failed to (?:run command|execute) '?|^(?:\S*\/)?(?:env|xargs): '?)([^'\s:/]+)'?: No such file or directory$/,
    meaning: "the command $1 is in no directory of PATH",
    advice: INSTALL,
  },
  {
    pattern:
      /sh: (?:line )?\d+: (\S+): Permission denied$|failed to (?:run command|execute) '?([^'\s]+)'?: Permission denied$/,
    meaning: "the file $1 is not executable, or its user may not use it",
    advice: "If it is a program, make it executable",
    command: "chmod +x $1",
    isLocal: true,
  },
  {
    pattern:
      /can't open file '([^']+)': \[Errno 2\]|Can't open perl script "([^"]+)": No such|sh: 0: cannot open (\S+?): No such file|can't open '(\S+)': No such file|No such file or directory -- (\S+) \(LoadError\)|Could not open input file: (\S+)/,
    meaning: "the script $1 does not exist",
    advice: ANOTHER_PATH,
  },
  {
    pattern:
      /can't cd to ([^\s:]+)|: cd: ([^:]+): No such file|^\S*sh:cd:\d+: no such file or directory: (.+)/,
    meaning: "the directory $1 does not exist, or its user may not enter it",
    advice: "Create the directory, or correct the path",
  },
  {
    pattern:
      /(?<![\w.])([A-Z][A-Z0-9_]{2,})['"]?:? (?:is not set|must be set|not set)\b|(?<![\w.])([A-Z][A-Z0-9]*_[A-Z0-9_]+)['"]?:? is (?:required|missing|undefined)\b|(?:^|\s)[^\s:]*: line \d+: (\w+): must be set|([A-Za-z_]\w*): (?:unbound variable|parameter (?:null or )?not set)/,
    meaning: "the variable $1 is not set",
    advice: "Set $1 with environment= or env_file=",
  },
  {
    pattern: /([\w./-]+): (?:line )?(\d+): syntax error|([\w./-]+): (\d+): Syntax error/,
    meaning: "$1 has a syntax error in line $2",
    advice: "Correct that line",
  },
  {
    pattern: /SyntaxError: (.{1,200})|([\w./-]+:\d+): syntax error/,
    meaning: "a file has a syntax error: $1",
    advice: "Correct the line that the output shows; a newer version of the language may be needed",
  },
  {
    pattern:
      /(?:unrecognized|unknown|invalid|illegal) (?:option|arguments?)\b:?(?: --)? '?([^'\s]+)/i,
    meaning: "it does not know the option $1",
    advice: "Correct command=; the installed version may have other options",
  },
  // Limits, signals and files, as the C library says them.
  {
    pattern:
      /JavaScript heap out of memory|java\.lang\.OutOfMemoryError|Allowed memory size of \d+/,
    meaning: "it reached the memory limit of its own settings",
    advice:
      "Raise that limit (--max-old-space-size, -Xmx, memory_limit), or find out why it needs more and more",
  },
  {
    pattern: /\bMemoryError\b|Cannot allocate memory|std::bad_alloc|^fatal error: .*out of memory/,
    meaning: "it ran out of memory",
    advice: "Give it more memory, or find out why it needs so much",
  },
  {
    pattern: /Too many open files|\bEMFILE\b/i,
    meaning: "it reached its limit of open files",
    advice: "Raise minfds= in [supervisord], or LimitNOFILE= of the service",
  },
  {
    pattern: /No space left on device|\bENOSPC\b/i,
    meaning: "a disk is full",
    advice: "Free disk space; this shows which disk is full",
    command: "df -h",
  },
  {
    pattern: /Read-only file system|\bEROFS\b/i,
    meaning: "it writes to a file system that is mounted read-only",
    advice: "Change its output directory, or find out why the file system became read-only (dmesg)",
  },
  {
    pattern: /\d+ Segmentation fault|^Segmentation fault/,
    meaning: "a program that it runs crashed with SIGSEGV, invalid memory access",
    advice: "Update the program and its libraries, or report the crash to its authors",
    command: "coredumpctl list",
  },
  {
    pattern:
      /(?:\bbind|\blisten)\b.*(?:Permission denied|EACCES)|(?:Permission denied|EACCES).*\bbind\b|java\.net\.(?:Bind|Socket)Exception: Permission denied/i,
    meaning: RESTRICTED,
    advice: OTHER_PORT,
  },
  {
    // Python names a file, if there is one.
    pattern: /PermissionError: \[Errno 13\] Permission denied$/,
    meaning: "its user lacks a permission, such as to listen at a port below 1024",
    advice: `If it listens at such a port: ${OTHER_PORT.replace("Use", "use")}`,
  },
  {
    pattern:
      /(?:Permission denied|EACCES)\b.*?(?:: | - )['"]?(\/[^'"\s:)]+)|(?:EACCES|permission denied), \w+ '([^']+)'|["'(]([^"'()\s:]*\/[^"'()\s:]*)["')]:? .{0,40}Permission denied|(?<![\w.@+-])((?:\.{0,2}\/|[\w.@+-]+\/)[\w.@+/-]*):? .{0,40}Permission denied/i,
    meaning: "its user has no permission for $1",
    advice: "Give the program's user access to $1",
  },
  {
    pattern: /Permission denied|\bEACCES\b|\bPermissionError\b/i,
    meaning: "its user lacks a permission",
    advice: "Give the program's user the permission that the line names",
  },
  {
    pattern:
      /Connection refused|ECONNREFUSED|Couldn't connect to server|socket ["'][^"']+["'] (?:failed: No such file|\(2\))/i,
    meaning: "nothing listens at the address that it connects to (yet)",
    advice: "Start that service first, or make the program wait for it",
  },
  {
    pattern:
      /Temporary failure in name resolution|Name or service not known|EAI_AGAIN|\bENOTFOUND\b|Could not resolve host|no such host|getaddrinfo.*not known/i,
    meaning: "a host name could not be resolved: the network is not ready, or the name is wrong",
    advice:
      "Check the name and the network; at boot, order the service after network-online.target",
  },
  {
    pattern:
      /certificate has expired|CERTIFICATE_VERIFY_FAILED|certificate verify failed|x509: certificate/,
    meaning: "it does not trust the certificate of a server",
    advice: "Check the clock of this host, and update the package ca-certificates",
    command: "date",
  },
  // A file: its name stands after the message,
  {
    pattern:
      /No such file or directory(?: @ \w+ -|:| -) (?:'([^']+)'|"([^"]+)"|([^\s'"]*\/[^\s'"():]*))|no such file or directory, \w+ '([^']+)'|spawn (\S+) ENOENT|NoSuchFileException: (\S+)|Could not find (?:file|a part of the path) '([^']+)'/i,
    meaning: "$1 does not exist",
    advice: CREATE,
  },
  // or before it: in quotes, with a slash, or with an extension.
  {
    pattern:
      /['"]([^'"\s]+)['"](?: for \w+)?:? (?:Cannot \w+: |failed )?(?:\(\d+: )?No such file|(?<![\w.@+/-])((?:\.{0,2}\/|[\w@+-][\w.@+-]*\/)[\w.@+/-]*|[\w@+-]+(?:\.[\w@+-]+)*\.[a-z]\w{0,5})(?:['"):]|: Cannot \w+:| \()*(?: Failed to open stream:)? ?\(?No such file or directory/i,
    meaning: "$1 does not exist",
    advice: CREATE,
  },
  {
    pattern: /[Nn]o such file or directory|\bENOENT\b/,
    meaning: "a file that it needs does not exist",
    advice: "Create it, or correct its path; directory= decides about relative paths",
  },
];
