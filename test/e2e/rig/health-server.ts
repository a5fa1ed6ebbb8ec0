// A web server that behaves as the file `mode` in its directory says: `ok`, `hang` (accepts and never answers), `garbage`,
// `gigabyte` (a head that does not end), or a status. Arguments: port and directory.

import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";

const [port = "", directory = "."] = process.argv.slice(2);

function modeNow(): string {
  try {
    return readFileSync(join(directory, "mode"), "utf8").trim();
  } catch {
    return "ok";
  }
}

function pour(socket: Socket): void {
  const line = `X-Padding: ${"x".repeat(64 * 1024)}\r\n`;
  socket.write("HTTP/1.1 200 OK\r\n");
  const more = (): void => {
    while (socket.writable && socket.write(line));
  };
  socket.on("drain", more);
  more();
}

createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    const mode = modeNow();
    if (mode === "hang") return;
    if (mode === "gigabyte") return pour(socket);
    if (mode === "garbage") return void socket.end(Buffer.alloc(100_000, 0xfe));
    const status = mode === "ok" ? "200 OK" : `${mode} No`;
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
  });
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
