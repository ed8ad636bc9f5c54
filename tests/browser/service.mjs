// The real service, started the way `make run` does, in a directory of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../..");

export async function startService(binary = join(root, "target/debug/kefu")) {
  const directory = mkdtempSync(join(tmpdir(), "kefu-browser-"));
  const args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", join(directory, "data")];
  const child = spawn(binary, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const ended = new Promise((done) => child.once("exit", done));
  const setup = await new Promise((found, failed) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const link = line.match(/http:\S+\/setup\?token=\S+/);
      if (link) found(link[0]);
    });
    ended.then((code) => failed(new Error(`the service ended with ${code}:\n${log}`)));
  });
  return {
    setup,
    base: new URL(setup).origin,
    log: () => log,
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
}
