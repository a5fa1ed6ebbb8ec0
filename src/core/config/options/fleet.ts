// The options of the section [fleet], in the order of the manual.
import { option, own } from "./entry.ts";

export const FLEET = own({
  url: option("url", "string", null, { sample: "tls://hub.example.com:4222" }),
  name: option("name", "string", null, { sample: "pi-1" }),
  key: option("key", "string", null, { sample: "/etc/tsv/fleet/device.key" }),
  ca: option("ca", "string", null, { sample: "/etc/tsv/fleet/ca.pem" }),
  through: option("through", "string", null, { sample: "gateway.local:4222" }),
  labels: option("labels", "list", null, { sample: "site=berlin,role=web" }),
});
