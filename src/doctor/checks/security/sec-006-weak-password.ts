// SEC-006: the password of a control server is from an example, or is stored in plain text or as an unsalted hash.

import { SHA_PREFIX } from "../../../core/config/hashed-password.ts";
import type { Credentials, ServerConfig } from "../../../core/config/model.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const WEAK_PASSWORD = defineCheck({
  code: "SEC-006",
  area: "security",
  title: "weak password",
  repairs: ["C"],
  page: {
    symptom:
      "The user name and password of the web page are from a sample configuration or a tutorial.",
    cause:
      "Sample configurations of Supervisor contain `username=user` and `password=123`, and many hosts still use them. Doctor compares the password with a short list of such words, also as `{SHA}` hashes, and with the user name. A password in plain text, or as `{SHA}`, which has no salt and is easy to guess, is only a note: the permissions of the file are more important (SEC-002).",
    repair:
      "Choose a new password, for example from `head -c 18 /dev/urandom | base64`, and write it into the section of the server and into [supervisorctl]. Doctor does not do this, because other clients use the old password.",
  },
  look(situation) {
    return (readConfig(situation)?.servers ?? []).flatMap((server) => {
      const { credentials } = server;
      if (credentials === null || isFromEnvironment(server, situation)) return [];
      if (isWeak(credentials)) return [weak(server, situation)];
      return [remark(server, credentials, situation)];
    });
  },
});

/** Passwords of samples and tutorials, each with its SHA-1. */
const WORDS: readonly (readonly [word: string, sha1: string])[] = [
  ["123", "40bd001563085fc35165329ea1ff5c5ecbdbbeef"],
  ["1234", "7110eda4d09e062aa5e4a390b0a572ac0d2c0220"],
  ["12345", "8cb2237d0679ca88db6464eac60da96345513964"],
  ["123456", "7c4a8d09ca3762af61e59520943dc26494f8941b"],
  ["12345678", "7c222fb2927d828af22f592134e8932480637c0d"],
  ["admin", "d033e22ae348aeb5660fc2140aec35850c4da997"],
  ["password", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"],
  ["pass", "9d4e1e23bd5b727046a9e3b4b7db57bd8d6ee684"],
  ["user", "12dea96fec20593566ab75692c9949596833adc9"],
  ["root", "dc76e9f0c0006e8f919e0c515c66dbba3982f785"],
  ["test", "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"],
  ["guest", "35675e68f4b5af7b995d9205ad0fc43842f16450"],
  ["demo", "89e495e7941cf9e40e6980d14a16bf023ccd4c91"],
  ["secret", "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"],
  ["changeme", "fa9beb99e4029ad5a6615399e7bbae21356086b3"],
  ["supervisor", "0f4d09e43d208d5e9222322fbc7091ceea1a78c3"],
  ["supervisord", "032a01471175133797cc36e77fdcffae6c3290f4"],
  ["thepassword", "82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"],
];

function isWeak({ username, password }: Credentials): boolean {
  if (password.startsWith(SHA_PREFIX)) {
    const hash = password.slice(SHA_PREFIX.length);
    return WORDS.some(([, sha1]) => sha1 === hash);
  }
  const lower = password.toLowerCase();
  return lower === username.toLowerCase() || WORDS.some(([word]) => word === lower);
}

/** The value comes from the environment, not from the file. */
function isFromEnvironment({ section }: ServerConfig, { config }: Situation): boolean {
  const written = config.raw?.sections.get(section)?.options.get("password")?.value ?? "";
  return written.includes("%(ENV_");
}

function weak(server: ServerConfig, situation: Situation): Finding {
  const { section, kind } = server;
  // The mode of a socket restricts access; a port is open to every user.
  const isReached = kind === "inet";
  return {
    severity: isReached ? "warning" : "info",
    subject: section,
    symptom: `the password of [${section}] is easy to guess`,
    cause: "It is from a sample configuration or a tutorial, or equals the user name.",
    evidence: [
      isReached
        ? `at least every user of this machine can connect to port ${server.port}`
        : "the mode of the socket restricts who can connect",
    ],
    place: optionPlace(situation.config, section, "password"),
    repair: newPassword(section),
  };
}

function remark(server: ServerConfig, { password }: Credentials, situation: Situation): Finding {
  const { section } = server;
  const isHashed = password.startsWith(SHA_PREFIX);
  return {
    severity: "info",
    subject: section,
    symptom: `the password of [${section}] is stored ${isHashed ? "as {SHA}" : "in clear text"}`,
    cause: isHashed
      ? "{SHA} has no salt: with the file, millions of passwords can be tried per second."
      : "Any user who can read the file has the password.",
    evidence: [isHashed ? "SHA-1 without salt" : "clear text"],
    place: optionPlace(situation.config, section, "password"),
    repair: byHand("Make the file unreadable for other users, and use a long random password"),
  };
}

function newPassword(section: string): Finding["repair"] {
  return byHand(`Choose a new password for [${section}], and write it into [supervisorctl] too`, [
    "head -c 18 /dev/urandom | base64",
  ]);
}
