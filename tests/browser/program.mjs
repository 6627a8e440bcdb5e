// Starts, stops and kills the real program on a folder of its own.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Longer than any start on a slow machine; a program that is not up by then never will be. */
const START_MS_MAX = 60_000;

/** The program promises to stop within ten seconds. */
const STOP_MS_MAX = 15_000;

export class Program {
  static async start(binary) {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-browser-"));
    const program = new Program(binary, folder);
    await program.run("127.0.0.1:0");
    return program;
  }

  constructor(binary, folder) {
    this.binary = binary;
    this.folder = folder;
    this.output = "";
  }

  /** Runs until it says where it is. The first start also says how to become the first owner. */
  async run(listen) {
    const args = ["run", "--data", join(this.folder, "data"), "--listen", listen];
    const child = spawn(this.binary, args, { stdio: ["ignore", "pipe", "pipe"], cwd: this.folder });
    this.child = child;
    this.ended = new Promise((resolve) => child.once("exit", resolve));
    let said = "";
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not up in time:\n${said}`)), START_MS_MAX);
      const hear = (part) => {
        said += part;
        this.output += part;
        const address = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
        // The last line it says about itself: the link of the first owner stands before it.
        if (!address || !said.includes("Ctrl-C")) return;
        this.port = address[1];
        this.url = `http://127.0.0.1:${this.port}`;
        this.setup = /http:\/\/\S+\/console\/setup\?token=[^\s"']+/.exec(said)?.[0] ?? this.setup;
        clearTimeout(late);
        resolve();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${said}`)));
    });
    await this.ready();
  }

  async ready() {
    for (const until = Date.now() + START_MS_MAX; Date.now() < until; ) {
      try {
        if ((await fetch(`${this.url}/readyz`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("never ready");
  }

  /** Ends it as an operator does, and expects it to keep its promise. */
  async stop() {
    this.child.kill("SIGTERM");
    const late = new Promise((resolve) => setTimeout(resolve, STOP_MS_MAX, "late"));
    if ((await Promise.race([this.ended, late])) === "late") {
      this.child.kill("SIGKILL");
      throw new Error("did not stop in time");
    }
  }

  /** Ends it as a power cut does. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async restart() {
    await this.run(`127.0.0.1:${this.port}`);
  }

  async remove() {
    this.child.kill("SIGKILL");
    await this.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
