import { openDatabase } from "../../src/store/database.ts";
import { TextLines } from "../acceptance/text_lines.ts";
import { stateOf } from "./program.ts";
import { readWal, type Wal } from "./wal.ts";

/** What a killed process has left behind. */
export interface Remains {
  readonly db: Uint8Array<ArrayBuffer>;
  readonly wal: Wal;
  /** Fingerprints of the file after each of its commits, as the process itself saw them. */
  readonly states: readonly string[];
}

/** Runs a script of this folder in a process of its own, up to where it has `reached` what it is for, and kills it. */
export async function interrupt(script: string): Promise<Remains> {
  using place = new Place();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet", "--config", fileAt("../deno.json")],
      ...[fileAt(script), place.path],
    ],
    stdout: "piped",
  }).spawn();
  const lines = new TextLines(child.stdout);
  const states: string[] = [];
  for (let line = await lines.next(); line !== "reached"; line = await lines.next()) states.push(line);
  child.kill("SIGKILL");
  await child.status;
  await lines.cancel();
  return { db: Deno.readFileSync(place.path), wal: readWal(Deno.readFileSync(`${place.path}-wal`)), states };
}

function fileAt(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

/** A folder for a file that is broken again and again; nothing has it open meanwhile. */
export class Place implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "tasker-power-" });
  readonly path = `${this.#folder}/tasker.db`;

  /** Puts a file and its log there, as a machine finds them that has power again. */
  put(db: Uint8Array, wal: Uint8Array): void {
    for (const { name } of Deno.readDirSync(this.#folder)) Deno.removeSync(`${this.#folder}/${name}`);
    Deno.writeFileSync(this.path, db);
    Deno.writeFileSync(`${this.path}-wal`, wal);
  }

  /** Opens it as every program does, and gives the fingerprint of its rows. Throws what SQLite finds wrong with it. */
  state(): string {
    const db = openDatabase(this.path, { create: false });
    try {
      // What follows is only read.
      db.exec("PRAGMA synchronous = OFF");
      const faults = [...db.prepare("PRAGMA integrity_check").all(), ...db.prepare("PRAGMA foreign_key_check").all()];
      const text = JSON.stringify(faults);
      if (text !== '[{"integrity_check":"ok"}]') throw new Error(text);
      return stateOf(db);
    } finally {
      db.close();
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
