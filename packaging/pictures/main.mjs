// Runs the sample host and draws it; pictures.sh calls this in namespaces of its own.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { terminalSvg } from "./svg.mjs";

const COLUMNS = 90;
const DIRECTORY = "docs/pictures";
const TOP_ROWS = 14;
const PATIENCE_MS = 30_000;
const MINUTES = Number(process.argv[2]);

/** @param {readonly string[]} words */
function tsv(words) {
  return spawnSync("tsv", words, { encoding: "utf8" });
}

/** Waits until a program is in a state. @param {string} name @param {string} state */
async function reached(name, state) {
  const end = Date.now() + PATIENCE_MS;
  while (!tsv(["status", name]).stdout.includes(state)) {
    if (Date.now() > end) throw new Error(`${name} is not ${state}: ${tsv(["status"]).stdout}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What a command prints on a terminal. @param {string} command */
function onTerminal(command) {
  const { stdout } = spawnSync(
    "script",
    ["--quiet", "--return", "--command", `stty cols ${COLUMNS} rows 24; ${command}`, "/dev/null"],
    { encoding: "utf8", env: { ...process.env, TERM: "xterm-256color", LANG: "C.UTF-8" } },
  );
  const lines = stdout.replaceAll("\r", "").trimEnd().split("\n");
  return [`\x1b[1m$ ${command}\x1b[0m`, ...lines];
}

/** @param {string} name @param {string} command */
function draw(name, command) {
  writeFileSync(`${DIRECTORY}/${name}.svg`, terminalSvg(command, onTerminal(command), COLUMNS));
}

/** What `tsv top` shows, when it has asked twice. */
async function drawTop() {
  const tmux = (/** @type {readonly string[]} */ ...words) =>
    spawnSync("tmux", ["-L", "pictures", ...words], { encoding: "utf8" }).stdout;
  tmux("new-session", "-d", "-x", `${COLUMNS}`, "-y", `${TOP_ROWS}`, "tsv top");
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const lines = tmux("capture-pane", "-p", "-e").trimEnd().split("\n");
  tmux("kill-server");
  writeFileSync(`${DIRECTORY}/top.svg`, terminalSvg("tsv top", lines, COLUMNS));
}

async function drawPages() {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu"],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 640 } });
  await page.goto("http://127.0.0.1:9001/");
  await page.getByText("worker_1").first().waitFor();
  await page.screenshot({ path: `${DIRECTORY}/web.png` });
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto("http://127.0.0.1:9001/program.html?processname=api");
  await page.locator(".clue").waitFor();
  await page.screenshot({ path: `${DIRECTORY}/program.png` });
  await page.goto("http://127.0.0.1:9001/program.html?processname=pricing");
  await page.locator("#charts canvas").first().waitFor();
  await page.locator("#charts").screenshot({ path: `${DIRECTORY}/charts.png` });
  await page.goto("http://127.0.0.1:9001/logs.html");
  await page.getByText("order 1 done").first().waitFor();
  await page.setViewportSize({ width: 1280, height: 480 });
  await page.screenshot({ path: `${DIRECTORY}/logs.png` });
  await browser.close();
}

mkdirSync(DIRECTORY, { recursive: true });
const started = tsv(["daemon"]);
if (started.status !== 0) throw new Error(started.stderr);
try {
  await reached("web", "RUNNING");
  tsv(["start", "api"]);
  await reached("api", "FATAL");
  draw("status", "tsv status");
  draw("why", "tsv why api");
  draw("doctor", "tsv doctor config programs logs");
  await new Promise((resolve) => setTimeout(resolve, MINUTES * 60_000));
  await drawTop();
  await drawPages();
} finally {
  tsv(["shutdown"]);
}
