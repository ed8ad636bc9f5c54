// The real service, started the way `make run` does, in a directory of its own. To look at pages
// without building the binary anew: `npm run dev` in web/, and BROWSER_LISTEN=127.0.0.1:8811
// BROWSER_BASE=http://127.0.0.1:5173 here.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../..");

const listen = process.env.BROWSER_LISTEN ?? "127.0.0.1:0";

export async function startService(
  binary = process.env.BROWSER_BINARY ?? join(root, "target/debug/kefu"),
) {
  const directory = mkdtempSync(join(tmpdir(), "kefu-browser-"));
  // What is published on the admin's page is written into the intents directory.
  const intents = join(directory, "intents");
  cpSync(join(root, "intents"), intents, { recursive: true });
  const args = ["serve", "--listen", listen, "--data-dir", join(directory, "data")];
  const child = spawn(binary, args, {
    cwd: root,
    env: { ...process.env, KEFU_BOT__INTENTS_DIR: intents },
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
    setup: base + setup.pathname + setup.search,
    base,
    intents,
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
}
