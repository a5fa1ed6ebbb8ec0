// Calls by the npm packages `xmlrpc`, and `supervisord` on top of it.
// node client.mjs <modules> xmlrpc|supervisord <host> <port> <user> <password>

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, mode, host, port, user, pass] = process.argv.slice(2);
const require = createRequire(`${modules}/`);

/** @typedef {(error: any, value?: unknown) => void} Answered */

/**
 * @param {string} label
 * @param {string} text
 */
function row(label, text) {
  process.stdout.write(`${label}\t${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`);
}

/**
 * @param {string} label
 * @param {any} value
 */
function show(label, value) {
  if (Array.isArray(value)) {
    row(`${label}.length`, String(value.length));
    value.forEach((item, index) => {
      show(`${label}[${index}]`, item);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value).sort()) show(`${label}.${key}`, value[key]);
  } else row(label, `${typeof value} ${value}`);
}

/** @param {string} word */
function parse(word) {
  const text = word.slice(2);
  if (word.startsWith("i:")) return Number(text);
  if (word.startsWith("b:")) return text === "1";
  if (word.startsWith("m:"))
    return text.split(",").map((methodName) => ({ methodName, params: [] }));
  return text;
}

/** @returns {(method: string, args: unknown[], callback: Answered) => void} */
function connect() {
  if (mode === "xmlrpc") {
    const client = require("xmlrpc").createClient({
      host,
      port: Number(port),
      path: "/RPC2",
      basic_auth: { user, pass },
    });
    return (method, args, callback) => client.methodCall(method, args, callback);
  }
  const api = require("supervisord").connect(`http://${user}:${pass}@${host}:${port}`);
  return (method, args, callback) => {
    const known = api[method.split(".")[1] ?? ""];
    if (known === undefined) callback(null, "no such method in this package");
    else known.call(api, ...args, callback);
  };
}

const call = connect();
for await (const line of createInterface({ input: process.stdin })) {
  const [method = "", ...words] = line.split("\t");
  const label = [method, ...words].join(" ");
  /** @type {Promise<void>} */
  const answered = new Promise((resolve) => {
    call(method, words.map(parse), (error, value) => {
      if (error === null || error === undefined) show(label, value);
      else if (error.faultCode !== undefined)
        row(label, `fault ${error.faultCode} ${error.faultString}`);
      else row(label, `error ${error.res?.statusCode ?? error.code ?? ""}`);
      resolve();
    });
  });
  await answered;
}
process.exit(0);
