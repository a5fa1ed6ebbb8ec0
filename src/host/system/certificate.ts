// What a certificate says. Loaded only when needed.

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ReadCertificate } from "../../core/net/certificates.ts";
import { quietly } from "../error-code.ts";

/** See `ReadCertificate`. */
export const readCertificate: ReadCertificate = (text, key) =>
  quietly(() => {
    const certificate = new X509Certificate(text);
    const isKeyItsOwn =
      key === null ? null : quietly(() => certificate.checkPrivateKey(createPrivateKey(key)), null);
    const [fromMs, untilMs] = [certificate.validFrom, certificate.validTo].map(Date.parse);
    return { fromMs: Number(fromMs), untilMs: Number(untilMs), isKeyItsOwn };
  }, null);
