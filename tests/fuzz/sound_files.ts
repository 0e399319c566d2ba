import { DatabaseSync } from "node:sqlite";
import { becomeOwner, type Owner } from "../../src/server/owner.ts";
import { Keystore } from "../../src/services/keystore/keystore.ts";
import { LEGACY_MANIFEST } from "../../src/core/manifest.ts";
import { openStore } from "../../src/store/store.ts";

export const DB = "tasker.db";
/** What the keystore holds, by name. */
export const SECRETS = { FIRST: "the first secret: open sesame", SECOND: "the second one: Ali Baba" } as const;
export const RESULT = { said: "forty thieves" };

/** Files by name. */
export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

export interface Sound {
  /** As they are when a process has been killed: with a log, an address, and the database's last commits in the log alone. */
  readonly killed: Files;
  /** As they are when the last process has ended in order. */
  readonly ended: Files;
  /** The ids of a run that is completed and of one that sleeps for long. */
  readonly runs: readonly [string, string];
  /** What nobody may see in any output. */
  readonly token: string;
}

export function own(path: string): Owner | undefined {
  return becomeOwner({ databasePath: path, port: 0, concurrency: 4, quotaProfile: "new", version: "9.9.9" });
}

/** Makes a database with everything that is beside one. */
export async function makeSound(): Promise<Sound> {
  const folder = Deno.makeTempDirSync({ prefix: "tasker-sound-" });
  const path = `${folder}/${DB}`;
  try {
    const store = openStore(path);
    const task = (name: string, source: string) =>
      store.taskFunctions.publish({ name, source, filename: `${name}.js`, hash: name, manifest: LEGACY_MANIFEST }, {
        embedded: false,
        now: 0,
      });
    task(
      "tells",
      `module.exports = async () => { console.log("once"); await tools.records.append("row", [1, 2, 3]);
         return ${JSON.stringify(RESULT)}; };`,
    );
    task("sleeps", "module.exports = () => tools.timer.sleep(1e9);");
    store.close();
    const owner = own(path)!;
    const submit = async (taskName: string) => (await owner.client.submit({ taskName, input: {} })).taskRunId;
    const runs = [await submit("tells"), await submit("sleeps")] as const;
    for await (const { status } of owner.client.events(runs[0])) if (status === "completed") break;
    for await (const { waiting } of owner.client.events(runs[1])) if (waiting.length > 0) break;
    const second = openStore(path);
    const keystore = new Keystore({ store: second });
    for (const [name, text] of Object.entries(SECRETS)) keystore.set("default", name, text);
    const killed = filesIn(folder);
    second.close();
    await owner.stop();
    const { token } = JSON.parse(new TextDecoder().decode(killed.get(`${DB}.server.json`)));
    return { killed, ended: filesIn(folder), runs, token };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A SQLite file of another program, or of a tasker to come. */
export function otherDatabase(userVersion: number, applicationId: number): Uint8Array<ArrayBuffer> {
  const path = Deno.makeTempFileSync({ prefix: "tasker-other-" });
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${userVersion};
    CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('https://example.com')`);
  db.close();
  const bytes = Deno.readFileSync(path);
  Deno.removeSync(path);
  return bytes;
}

/** All files of a folder. */
export function filesIn(folder: string): Files {
  return new Map(
    [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
      .map(({ name }) => [name, Deno.readFileSync(`${folder}/${name}`)]),
  );
}
