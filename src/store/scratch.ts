import { DatabaseSync } from "node:sqlite";

/**
 * An empty database that no other process sees, for more rows than memory should hold. Its file has lost its name before
 * anything is written, and is gone with the process (on Windows: when it is closed). Everything in it is one transaction,
 * which nothing ever commits.
 */
export class Scratch extends DatabaseSync {
  readonly #folder: string;

  constructor() {
    const folder = Deno.makeTempDirSync({ prefix: "tasker-", ...temporary() });
    super(`${folder}/scratch.db`);
    this.#folder = folder;
    this.exec(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768; PRAGMA temp_store = FILE; " +
        "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE",
    );
    if (Deno.build.os !== "windows") Deno.removeSync(folder, { recursive: true });
  }

  override close(): void {
    super.close();
    if (Deno.build.os === "windows") Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** Where SQLite, too, puts what does not fit into memory: `/tmp` is often memory itself. */
function temporary(): { dir?: string } {
  if (Deno.build.os === "windows" || Deno.env.get("TMPDIR") !== undefined) return {};
  try {
    return Deno.statSync("/var/tmp").isDirectory ? { dir: "/var/tmp" } : {};
  } catch {
    // Not every system has it, or lets it be looked at.
    return {};
  }
}
