// cache.*: texts that clients store in the daemon, as supervisor_cache does for Supervisor. Lost when the daemon restarts.

import { err, ok } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../../core/xmlrpc/value.ts";
import { type Method, method, type Outcome } from "../method.ts";
import { type Param, text } from "../params.ts";
import type { InterfaceFactory } from "./interface.ts";

/** The version of the interface that clients ask for. */
const API_VERSION = "0.2";
/** All values together, as characters of JSON: clients must not use up the daemon's memory. */
const MAX_SIZE = 16 * 1024 * 1024;

const data: Param<XmlRpcValue> = {
  name: "data",
  type: "string",
  optional: false,
  read: (value) => (value === undefined ? err("data is missing") : ok(value)),
};

interface Entry {
  readonly value: XmlRpcValue;
  readonly size: number;
}

class Cache {
  readonly #entries = new Map<string, Entry>();
  #total = 0;

  keys(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  store(key: string, value: XmlRpcValue): Outcome {
    const size = key.length + JSON.stringify(value).length;
    const others = this.#total - (this.#entries.get(key)?.size ?? 0);
    if (others + size > MAX_SIZE) {
      return err(fault("FAILED", "the cache is full: delete something, or clear it"));
    }
    this.#entries.set(key, { value, size });
    this.#total = others + size;
    return ok(true);
  }

  fetch(key: string): Outcome {
    const entry = this.#entries.get(key);
    return entry === undefined ? err(fault("BAD_NAME")) : ok(entry.value);
  }

  delete(key: string): Outcome {
    this.#total -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
    return ok(true);
  }

  clear(): Outcome {
    this.#entries.clear();
    this.#total = 0;
    return ok(true);
  }
}

function keyed(key: string, act: () => Outcome): Outcome {
  return key === "" ? err(fault("BAD_NAME", "Cache key must be a non-empty string")) : act();
}

/** Makes the methods around an empty cache. */
export const createCache: InterfaceFactory = () => {
  const cache = new Cache();
  return ok([...looking(cache), ...changing(cache)]);
};

function looking(cache: Cache): readonly Method[] {
  return [
    method({
      name: "getAPIVersion",
      params: [],
      returns: "string",
      permission: "read",
      help: "The version of this interface.",
      run: () => ok(API_VERSION),
    }),
    method({
      name: "getKeys",
      params: [],
      returns: "array",
      permission: "read",
      help: "The keys of everything in the cache, sorted.",
      run: () => ok(cache.keys()),
    }),
    method({
      name: "getCount",
      params: [],
      returns: "int",
      permission: "read",
      help: "The number of keys in the cache.",
      run: () => ok(cache.keys().length),
    }),
    method({
      name: "fetch",
      params: [text("key")],
      returns: "string",
      permission: "read",
      help: "The value of a key. Fault: BAD_NAME if there is none.",
      run: (_context, [key]) => keyed(key, () => cache.fetch(key)),
    }),
  ];
}

function changing(cache: Cache): readonly Method[] {
  return [
    method({
      name: "store",
      params: [text("key"), data],
      returns: "boolean",
      permission: "control",
      help:
        "Stores a value under a key and replaces an earlier one. Faults: BAD_NAME for an empty key, FAILED if the cache " +
        "is full.",
      run: (_context, [key, value]) => keyed(key, () => cache.store(key, value)),
    }),
    method({
      name: "delete",
      params: [text("key")],
      returns: "boolean",
      permission: "control",
      help: "Removes a key; true also if there was none. Fault: BAD_NAME for an empty key.",
      run: (_context, [key]) => keyed(key, () => cache.delete(key)),
    }),
    method({
      name: "clear",
      params: [],
      returns: "boolean",
      permission: "control",
      help: "Removes all keys.",
      run: () => cache.clear(),
    }),
  ];
}
