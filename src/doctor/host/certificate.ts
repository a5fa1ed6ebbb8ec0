// What a certificate says.

import { createPrivateKey, X509Certificate } from "node:crypto";
import { quietly } from "../../host/error-code.ts";
import type { SeenCertificate } from "../facts/probe.ts";

/** See `Probe`. */
export function readCertificate(text: string, key: string | null): SeenCertificate | null {
  return quietly(() => {
    const certificate = new X509Certificate(text);
    const isKeyItsOwn =
      key === null ? null : quietly(() => certificate.checkPrivateKey(createPrivateKey(key)), null);
    const [fromMs, untilMs] = [certificate.validFrom, certificate.validTo].map(Date.parse);
    return { fromMs: Number(fromMs), untilMs: Number(untilMs), isKeyItsOwn };
  }, null);
}
