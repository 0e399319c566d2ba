import type { CommandContext } from "@stricli/core";
import type { Migrated, OpenOptions } from "../store/database.ts";
import type { Store } from "../store/store.ts";
import type { Owner, OwnerOptions } from "../server/owner.ts";
import type { ServerAddress } from "../server/api.ts";
import type { Client } from "../server/client.ts";
import { TaskerError } from "../core/errors.ts";
import { helpWidth, renderHelp } from "./output/help.ts";
import { note } from "./output/errors.ts";
import { type Terminal, terminalOf } from "./output/terminal.ts";
import { defaultDatabasePath } from "./database_path.ts";
import { version } from "./version.ts";

/** Everything a command may reach. Functions, so that nothing is opened or loaded before it is used. */
export interface Context extends CommandContext {
  readonly process: CommandContext["process"] & { exitCode?: number | string | null; env: Record<string, string> };
  readonly terminal: Terminal;
  /** `--db` given before the command. */
  readonly globalDatabase: string | undefined;
  now(): number;
  env(name: string): string | undefined;
  /** The path that `--db`, `TASKER_DB` or the platform gives. */
  databasePath(flag: string | undefined): string;
  /** What a command that is proposed needs to reach this database: ` --db PATH`, or nothing when it would by itself. */
  databaseArgument(path: string): string;
  /** Says so on stderr when it has changed an older file. */
  openStore(path: string, options?: OpenOptions): Promise<Store>;
  becomeOwner(
    options: Omit<OwnerOptions, "version" | "keystoreKey" | "migrated" | "watch">,
  ): Promise<Owner | undefined>;
  readAddress(path: string): Promise<ServerAddress | undefined>;
  connect(address: ServerAddress): Promise<Client>;
  readFile(path: string): Promise<string>;
  /** All of stdin, as text. */
  readStdin(): Promise<string>;
}

/** The context of this process. */
export function processContext(globalDatabase?: string): Context {
  const terminal = terminalOf();
  return {
    process: {
      // The parser itself writes nothing to stdout but help and the version.
      stdout: {
        write: (text) => terminal.out(renderHelp(text, { width: helpWidth(terminal), color: terminal.color.out })),
        getColorDepth: () => 1,
      },
      stderr: { write: (text) => terminal.err(text), getColorDepth: () => terminal.color.err ? 4 : 1 },
      env: {},
    },
    terminal,
    globalDatabase,
    now: () => Date.now(),
    env: (name) => Deno.env.get(name),
    databasePath: (flag) => {
      const path = flag ?? globalDatabase ?? Deno.env.get("TASKER_DB");
      if (path === "") {
        throw new TaskerError("USAGE", "--db needs the path of a file", { hint: "leave it out to use the default" });
      }
      return path ?? defaultDatabasePath(Deno.build.os, (name) => Deno.env.get(name));
    },
    databaseArgument(path) {
      if (path === databaseByItself()) return "";
      return ` --db ${/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`}`;
    },
    async openStore(path, options) {
      const { openStore } = await import("../store/store.ts");
      const store = openStore(path, options);
      noteMigrated(terminal, path, store.db.migrated);
      return store;
    },
    async becomeOwner(options) {
      const { becomeOwner } = await import("../server/owner.ts");
      const { telemetryWanted } = await import("./telemetry.ts");
      const keystoreKey = Deno.env.get("TASKER_KEYSTORE_KEY");
      const migrated = (what: Migrated) => noteMigrated(terminal, options.databasePath, what);
      const watch = await telemetryWanted((name) => Deno.env.get(name), (text) => note(terminal, text));
      return await becomeOwner({
        ...options,
        version,
        migrated,
        ...(keystoreKey === undefined ? {} : { keystoreKey }),
        ...(watch === undefined ? {} : { watch }),
      });
    },
    async readAddress(path) {
      const { readAddress } = await import("../server/client.ts");
      return readAddress(path);
    },
    async connect(address) {
      const { Client } = await import("../server/client.ts");
      return new Client(address);
    },
    readFile,
    async readStdin() {
      return await new Response(Deno.stdin.readable).text();
    },
  };
}

function noteMigrated(terminal: Terminal, path: string, migrated: Migrated | undefined): void {
  if (migrated?.keptAs === undefined) return;
  const { from, to, keptAs } = migrated;
  note(
    terminal,
    `${path} was made by an older tasker: it is of file version ${to} now; as it was (${from}) it is kept as ${keptAs}`,
  );
}

/** The path that is used when nobody names one; undefined when there is none. */
function databaseByItself(): string | undefined {
  try {
    return Deno.env.get("TASKER_DB") ?? defaultDatabasePath(Deno.build.os, (name) => Deno.env.get(name));
  } catch (error) {
    if (error instanceof TaskerError) return undefined;
    throw error;
  }
}

async function readFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new TaskerError("NOT_FOUND", `there is no file ${path}`, { hint: "check the path", cause: error });
    }
    throw new TaskerError(
      "USAGE",
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: "name a text file that you may read",
        cause: error,
      },
    );
  }
}
