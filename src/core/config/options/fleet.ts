// The options of the section [fleet], in the order of the manual.
import { option, own } from "./entry.ts";

export const FLEET = own({
  url: option("url", "string", null, { sample: "tls://hub.example.com:4222" }),
  name: option("name", "string", null, { sample: "pi-1" }),
  key: option("key", "string", null, { sample: "/etc/tsv/fleet-device/device.key" }),
  ca: option("ca", "string", null, { sample: "/etc/tsv/fleet-device/authority.pem" }),
  through: option("through", "string", null, { sample: "gateway.local:4222" }),
  labels: option("labels", "list", null, { sample: "site=berlin,role=web" }),
});
