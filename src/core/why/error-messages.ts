// Error messages of common programs and runtimes, their meaning, and what to do. Data only; the first row that matches a line
// explains it, so rows of one program come before the general ones of `system-messages.ts`.

import { ANOTHER_PATH, type ErrorMessage, SYSTEM_MESSAGES } from "./system-messages.ts";

/** An address in use; its port may be in the line. */
export const TAKEN: ErrorMessage = {
  pattern:
    /address already in use|EADDRINUSE|only one usage of each socket address|Connection in use: /i,
  meaning: "the address that it wants to listen on is already in use",
  advice: "Stop the process that listens there, or change the port of the program",
};

const RUNTIME_MESSAGES: readonly ErrorMessage[] = [
  TAKEN,
  // The loader, and executables for other systems.
  {
    pattern:
      /error while loading shared libraries: ([^:\s]+)|([\w./+-]+\.so[\w.]*): cannot open shared object file/,
    meaning: "the shared library $1 is not installed",
    advice: "Install the package that contains $1",
  },
  {
    pattern: /(?:undefined symbol|symbol lookup error): .*?(\w+)(?: \(|, version|$)/,
    meaning: "a shared library lacks $1: it is of another version than the program needs",
    advice: "Install the version of the library that the program was built with",
  },
  {
    pattern: /version `?(GLIBC(?:XX)?_[\d.]+)'? not found/,
    meaning: "it was built for a newer system: $1 is missing",
    advice: "Install the build for this distribution, or build it on this host",
  },
  {
    pattern: /Exec format error|ENOEXEC|Invalid ELF image|cannot execute binary file/,
    meaning: "a file that it executes was built for another processor, or lacks its #! line",
    advice: "Install the build for the processor of this host",
    command: "uname -m",
  },
  // Python, gunicorn.
  {
    pattern:
      /(?:ModuleNotFoundError|ImportError|python[\d.]*): No module named '?([\w.]+)|Could not import module "([\w.]+)"/,
    meaning: "Python cannot find the module $1",
    advice:
      "Start it with the Python of its virtual environment (/path/to/venv/bin/python), or install the module",
  },
  {
    pattern: /ImportError: cannot import name '([^']+)' from '([^']+)'/,
    meaning: "the Python module $2 has no $1: it is of another version",
    advice: "Install the version that the program needs, such as from its requirements.txt",
  },
  {
    pattern: /(?:IndentationError|TabError): (.{1,200})/,
    meaning: "a Python file has a syntax error: $1",
    advice: "Correct the line that the output shows",
  },
  {
    pattern: /ttribute ["']([^"']+)["'] (?:not found )?in (?:module )?["']([^"']+)["']/,
    meaning: "the module $2 has no application $1",
    advice: "Correct MODULE:NAME in command=",
  },
  {
    pattern: /Worker failed to boot/,
    meaning: "the application could not be loaded; the reason stands above",
    advice: "Correct the error that stands above this line",
    isResult: true,
  },
  {
    pattern: /KeyError: '([A-Z][A-Z0-9_]+)'|key not found: "([A-Z][A-Z0-9_]+)"/,
    meaning: "$1 is missing, probably a variable of the environment",
    advice: "Set $1 with environment= or env_file=",
  },
  // Node.js, npm.
  {
    pattern: /Cannot find module '((?:\.{0,2}\/)[^']*)'/,
    meaning: "Node.js cannot find the file $1",
    advice: `${ANOTHER_PATH}; if a build makes the file, run that`,
  },
  {
    pattern: /Cannot find (?:module|package) '([^']+)'/,
    meaning: "Node.js cannot find the package $1",
    advice: "Install the packages in the directory of the program, and set directory= to it",
    command: "npm install",
    isLocal: true,
  },
  {
    pattern: /npm (?:error|ERR!).*Could not read package\.json.* open '([^']+)'/,
    meaning: "npm finds no $1",
    advice: "Set directory= to the directory of the application",
  },
  {
    pattern: /npm (?:error|ERR!) Missing script: "?([^"\s]+)/,
    meaning: "package.json has no script $1",
    advice: "Correct the name of the script in command=",
    command: "npm run",
    isLocal: true,
  },
  {
    pattern: /SyntaxError: .*\bJSON\b.*|json\.decoder\.JSONDecodeError: .*|JSON::ParserError\b.*/,
    meaning: "it cannot parse data as JSON",
    advice: "Correct the JSON that it reads: the stack shows where it reads it",
  },
  // Ruby, bundler.
  {
    pattern: /cannot load such file -- (\S+) \(LoadError\)/,
    meaning: "Ruby cannot find $1",
    advice: "Install its gems in the directory of the program, and start it with bundle exec",
    command: "bundle install",
    isLocal: true,
  },
  {
    pattern:
      /Could not find (?:gem )?'?([\w.-]+)'?.*(?:total gem|locally installed|any of the sources)/,
    meaning: "the gem $1 is not installed",
    advice: "Install its gems in the directory of the program",
    command: "bundle install",
    isLocal: true,
  },
  // PHP, php-fpm.
  {
    pattern: /(?:Failed opening required|failed to open) '[^']*(vendor\/autoload\.php)'/,
    meaning: "the packages of Composer are not installed: $1 is missing",
    advice: "Install them in the directory of the program",
    command: "composer install",
    isLocal: true,
  },
  {
    pattern: /Failed opening required '([^']+)'/,
    meaning: "PHP cannot find the file $1",
    advice: "Correct the path, or set directory=",
  },
  {
    pattern: /Call to undefined function ([\w\\]+)\(\)/,
    meaning: "PHP has no function $1: an extension may be missing",
    advice: "Install the extension that has it; this lists those that are loaded",
    command: "php -m",
  },
  {
    pattern: /PHP Parse error: .* in (\S+) on line (\d+)/,
    meaning: "the PHP file $1 has a syntax error in line $2",
    advice: "Correct that line; a newer PHP may be needed",
    command: "php -l $1",
    isLocal: true,
  },
  {
    pattern: /PDOException: could not find driver/,
    meaning: "PHP has no driver for its database",
    advice:
      "Install the extension, such as php-mysql or php-pgsql; this lists those that are loaded",
    command: "php -m",
  },
  {
    pattern: /\[(\S+:\d+)\] unable to parse value for entry '([^']+)'/,
    meaning: "php-fpm refuses the value of $2 in $1",
    advice: "Correct that line; this checks the configuration",
    command: "php-fpm -t",
    isLocal: true,
    check: "-t",
  },
  {
    pattern: /cannot get [ug]id for (?:user|group) '([^']+)'/,
    meaning: "the account $1 of its pool does not exist",
    advice: "Create the account, or correct user= and group= of the pool of php-fpm",
  },
  {
    pattern: /No pool defined/,
    meaning: "php-fpm has no pool",
    advice: "Write a section with listen= into the directory of its pools (pool.d)",
  },
  // Perl.
  {
    pattern: /Can't locate \S+ in @INC \(you may need to install the ([\w:]+) module/,
    meaning: "Perl cannot find the module $1",
    advice: "Install the module, from the distribution or from CPAN",
    command: "cpan $1",
  },
  {
    pattern: /Execution of (\S+) aborted due to compilation errors/,
    meaning: "the Perl script $1 has a syntax error",
    advice: "Correct the line that the output names",
    command: "perl -c $1",
    isLocal: true,
  },
  // Java.
  {
    pattern: /Unable to access jarfile (\S+)/,
    meaning: "the archive $1 does not exist, or its user may not read it",
    advice: ANOTHER_PATH,
  },
  {
    pattern: /UnsupportedClassVersionError|has been compiled by a more recent version of the Java/,
    meaning: "it was compiled for a newer Java than this one",
    advice: "Install a newer Java, and name it in command=",
    command: "java -version",
  },
  {
    pattern:
      /(?:ClassNotFoundException: |NoClassDefFoundError: |find or load main class )([\w.$/]+)/,
    meaning: "Java cannot find the class $1",
    advice: "Correct the class path (-cp) or the name of the class in command=",
  },
  {
    pattern: /Invalid (?:maximum|initial) heap size: (\S+)|Could not reserve enough space/,
    meaning: "Java refuses the size of its heap",
    advice: "Correct -Xmx and -Xms in command=, such as -Xmx512m",
  },
  {
    pattern: /JAVA_HOME\b.* not (?:set|defined)/,
    meaning: "the variable JAVA_HOME is not set",
    advice: "Set it with environment=JAVA_HOME=DIRECTORY, the directory that has bin/java",
    command: "readlink -f /usr/bin/java",
  },
  {
    pattern: /UnknownHostException: ([\w.-]+)/,
    meaning: "the host name $1 could not be resolved: the network is not ready, or it is wrong",
    advice:
      "Check the name and the network; at boot, order the service after network-online.target",
  },
  // Go, Rust, .NET.
  {
    pattern: /^panic: (.{1,200})/,
    meaning: "a Go program panicked: $1",
    advice: "Look in the trace below that line for the first file of the program",
  },
  {
    pattern: /panicked at ([\w./-]+:\d+)/,
    meaning: "a Rust program panicked in $1; the next line says why",
    advice: "Correct what that line says, or report it to the authors of the program",
  },
  {
    pattern: /You must install (?:or update )?\.NET|The framework 'Microsoft\.[\w.]+'.* not found/,
    meaning: "the .NET runtime that it needs is not installed",
    advice: "Install that version of the runtime; this lists those that are installed",
    command: "dotnet --list-runtimes",
  },
  {
    pattern: /Could not load file or assembly '([^',]+)/,
    meaning: ".NET cannot find the assembly $1",
    advice: "Publish the application again with all its files, and set directory= to it",
  },
  {
    pattern: /Unhandled exception\. ([\w.]+: .{1,200})/,
    meaning: "a .NET program did not handle an exception: $1",
    advice: "Look in the trace below that line for the first file of the program",
  },
  // nginx.
  {
    pattern: /\[emerg\] .*host not found in upstream "([^"]+)"/,
    meaning: "nginx cannot resolve the host $1 of an upstream",
    advice: "Correct the name, or start nginx after the network and that server",
  },
  {
    pattern: /\[emerg\] [^:]*: (.+) in (\S+:\d+)$/,
    meaning: "nginx refuses its configuration in $2: $1",
    advice: "Correct that line; this checks the configuration",
    command: "nginx -t",
    isLocal: true,
    check: "-t",
  },
  // Redis, PostgreSQL, clients of databases.
  {
    pattern: /FATAL CONFIG FILE ERROR|Bad directive or wrong number of arguments/,
    meaning: "Redis does not accept a line of its configuration",
    advice: "Correct the line that the output shows",
  },
  {
    pattern: /"root" execution of the PostgreSQL server is not permitted/,
    meaning: "PostgreSQL refuses to run as root",
    advice: "Set user=postgres in the section of the program",
  },
  {
    pattern: /Run initdb or pg_basebackup|could not access directory "([^"]+)"/,
    meaning: "its data directory does not exist, or is not one of PostgreSQL",
    advice: "Correct the data directory (-D) in command=, or create one with initdb",
  },
  {
    pattern: /lock file "postmaster\.pid" already exists/,
    meaning: "another PostgreSQL uses its data directory",
    advice: "Stop that server, such as one that the distribution started at boot",
    command: "systemctl status postgresql",
  },
  {
    pattern: /database files are incompatible with server/,
    meaning: "its data directory was made by another version of PostgreSQL",
    advice: "Start the version that made it, or migrate the data with pg_upgrade",
  },
  {
    pattern: /password authentication failed for user "([^"]+)"|Access denied for user '([^']+)'/,
    meaning: "the database refuses the password of the user $1",
    advice: "Correct the password, such as in env_file=",
  },
];

export const ERROR_MESSAGES: readonly ErrorMessage[] = [...RUNTIME_MESSAGES, ...SYSTEM_MESSAGES];
