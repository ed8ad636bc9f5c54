// The real service, started the way `make run` does, in a directory of its own. To look at pages
// without building the binary anew: `npm run dev` in web/, and BROWSER_LISTEN=127.0.0.1:8811
// BROWSER_BASE=http://127.0.0.1:5173 here.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../..");

// Serves with keywords alone, which is enough where it does not matter what the bot says.
export const withoutModel = { KEFU_BOT__MODEL_REQUIRED: "false", KEFU_BOT__MODEL_DIR: "no/model" };

export async function startService({
  settings = {},
  listen = process.env.BROWSER_LISTEN ?? "127.0.0.1:0",
  binary = process.env.BROWSER_BINARY ?? join(root, "target/debug/kefu"),
} = {}) {
  const directory = mkdtempSync(join(tmpdir(), "kefu-browser-"));
  // What is published on the admin's page is written into the intents directory.
  const intents = join(directory, "intents");
  cpSync(join(root, "intents"), intents, { recursive: true });
  const args = ["serve", "--listen", listen, "--data-dir", join(directory, "data")];
  const child = spawn(binary, args, {
    cwd: root,
    env: { ...process.env, ...settings, KEFU_BOT__INTENTS_DIR: intents },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const ended = new Promise((done) => child.once("exit", done));
  const setup = await new Promise((found, failed) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const link = line.match(/http:\S+\/setup\?token=\S+/);
      if (link) found(new URL(link[0]));
    });
    ended.then((code) => failed(new Error(`the service ended with ${code}:\n${log}`)));
  });
  const base = process.env.BROWSER_BASE ?? setup.origin;
  return {
    origin: setup.origin,
    setup: base + setup.pathname + setup.search,
    base,
    intents,
    log: () => log,
    // Ends a role as a power cut would; the service starts it anew.
    kill: (role) => process.kill(roles(child.pid)[role], "SIGKILL"),
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
}

// The roles' processes, by name.
function roles(parent) {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
  const named = children.trim().split(" ").map((pid) => {
    const [, role] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return [role, Number(pid)];
  });
  return Object.fromEntries(named);
}
