import { looking } from "./journal.ts";

/** Runs tasker as its users do: the binary that TASKER_BIN names, or the program of this checkout. */

const root = new URL("../../", import.meta.url).pathname;

/** The command and the arguments that come before tasker's own. */
const program: [string, ...string[]] = Deno.env.get("TASKER_BIN") === undefined
  ? [
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    "--unstable-lazy-dynamic-imports",
    "--config",
    `${root}deno.json`,
    `${root}main.ts`,
  ]
  : [Deno.env.get("TASKER_BIN")!];

export const isCompiled = Deno.env.get("TASKER_BIN") !== undefined;

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own with a database path, removed at the end. Nothing else of the machine's environment is passed on. */
export class Place implements Disposable {
  readonly folder: string;
  readonly db: string;

  constructor(prefix = "tasker-acceptance-") {
    this.folder = Deno.makeTempDirSync({ prefix });
    this.db = `${this.folder}/tasker.db`;
  }

  /** The command and arguments that come before tasker's own. */
  commandLine(): readonly [string, ...string[]] {
    return program;
  }

  /** All of the environment that tasker gets. */
  environment(): Record<string, string> {
    const own = { HOME: this.folder, TASKER_DB: this.db };
    if (isCompiled) return own;
    // Deno itself, when there is no binary, needs its cache and certificates.
    const cache = {
      DENO_DIR: Deno.env.get("DENO_DIR") ??
        `${Deno.env.get("HOME")}/.cache/deno`,
    };
    const certificates = Deno.env.get("DENO_TLS_CA_STORE");
    return {
      ...cache,
      ...(certificates === undefined ? {} : { DENO_TLS_CA_STORE: certificates }),
      ...own,
    };
  }

  /** Starts tasker without waiting for it. */
  start(
    args: readonly string[],
    options: { env?: Record<string, string>; stdin?: "piped" | "null" } = {},
  ): Deno.ChildProcess {
    return new Deno.Command(program[0], {
      args: [...program.slice(1), ...args],
      clearEnv: true,
      env: { ...this.environment(), ...options.env },
      cwd: this.folder,
      stdin: options.stdin ?? "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** The id of the newest run that is nested in no other. */
  lastRun(): string {
    const sql = "SELECT id FROM task_runs WHERE parent_run IS NULL ORDER BY run DESC LIMIT 1";
    return looking(this.db, (db) => db.prepare(sql).get()!.id as string);
  }

  /** Runs tasker to its end. */
  async run(
    args: readonly string[],
    options: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<Finished> {
    const child = this.start(args, {
      ...(options.env === undefined ? {} : { env: options.env }),
      stdin: options.stdin === undefined ? "null" : "piped",
    });
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    return await finished(child);
  }

  write(name: string, text: string): string {
    const path = `${this.folder}/${name}`;
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** What `tasker publish FILE` does, which has tests of its own: here it takes no process. */
  async publish(file: string, source: string): Promise<void> {
    const { buildTaskCode, taskNameFromFile } = await import("../../src/publish/publish.ts");
    const { openStore } = await import("../../src/store/store.ts");
    const filename = this.write(file, source);
    const read = (path: string) => Deno.readTextFile(path);
    const built = await buildTaskCode({ name: taskNameFromFile(file), filename, source, read });
    const store = openStore(this.db);
    try {
      store.taskFunctions.publish(built, { embedded: false, now: Date.now() });
    } finally {
      store.close();
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Waits for a process and gives what it printed. */
export async function finished(child: Deno.ChildProcess): Promise<Finished> {
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Waits for something that another process brings about; fails after 20 s. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!await isSo()) {
    if (Date.now() > end) throw new Error(`waited 20 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
