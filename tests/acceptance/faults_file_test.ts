import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Place } from "./tasker.ts";

/** Files that are no usable database: refused with exit code 7 and a clear message, and left as they are. */

const COMMANDS = [
  ["run", "gmail-search"],
  ["resume"],
  ["runs"],
  ["serve"],
  ["debug", "db"],
  ["publish", "--list"],
  ["keystore", "list"],
];

/** A database with a run in it, closed in good order. */
async function soundDatabase(place: Place): Promise<void> {
  const file = place.write(
    "one.ts",
    `export default async () => { await tools.records.append("n", [{ n: 1 }]); return 1; };`,
  );
  assert.equal((await place.run(["publish", file])).code, 0);
  assert.equal((await place.run(["run", "one"])).code, 0);
}

async function assertRefused(place: Place, db: string, message: RegExp): Promise<void> {
  const before = Deno.readFileSync(db);
  for (const command of COMMANDS) {
    const { code, stdout, stderr } = await place.run([...command, "--db", db]);
    assert.equal(code, 7, `${command.join(" ")}: ${stderr}`);
    assert.equal(stdout, "");
    assert.match(stderr, message, command.join(" "));
    assert.match(stderr, /DATABASE_UNUSABLE/);
    assert.match(stderr, /hint: /);
    assert.doesNotMatch(stderr, /\bat .*\.ts:\d+/, "no stack trace");
  }
  assert.deepEqual(Deno.readFileSync(db), before, "the file is as it was");
}

Deno.test("a file of garbage is refused and left as it is", async () => {
  using place = new Place();
  const db = place.write("garbage.db", "this is a letter to my aunt, and no database\n".repeat(500));
  await assertRefused(place, db, /garbage\.db cannot be used: .*not a database/);
});

Deno.test("a short file of garbage is refused and left as it is", async () => {
  using place = new Place();
  const db = place.write("short.db", "hello");
  await assertRefused(place, db, /short\.db cannot be used: .*not a database/);
});

Deno.test("a foreign SQLite file is refused and left as it is", async () => {
  using place = new Place();
  const db = `${place.folder}/places.sqlite`;
  const foreign = new DatabaseSync(db);
  foreign.exec("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('https://example.com')");
  foreign.close();
  await assertRefused(place, db, /is a SQLite file, but not one of tasker's/);
});

Deno.test("a file of a newer tasker is refused and left as it is", async () => {
  using place = new Place();
  await soundDatabase(place);
  const newer = new DatabaseSync(place.db);
  newer.exec("PRAGMA user_version = 999; PRAGMA journal_mode = DELETE");
  newer.close();
  await assertRefused(place, place.db, /written by a newer tasker \(file version 999, this program knows \d+\)/);
});

Deno.test("a corrupt file is refused and left as it is", async () => {
  using place = new Place();
  await soundDatabase(place);
  const checkpointed = new DatabaseSync(place.db);
  checkpointed.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  checkpointed.close();
  const bytes = Deno.readFileSync(place.db);
  bytes.fill(0xa5, 100, 4_096);
  Deno.writeFileSync(place.db, bytes);
  await assertRefused(place, place.db, /tasker\.db cannot be used: .*malformed/);
});

Deno.test("debug db finds what is corrupt deep in a file", async () => {
  using place = new Place();
  await soundDatabase(place);
  const db = new DatabaseSync(place.db);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'logs_run'").get()!;
  const { page_size } = db.prepare("PRAGMA page_size").get()!;
  db.close();
  const bytes = Deno.readFileSync(place.db);
  bytes.fill(0xff, (Number(rootpage) - 1) * Number(page_size), Number(rootpage) * Number(page_size));
  Deno.writeFileSync(place.db, bytes);
  const { code, stdout, stderr } = await place.run(["debug", "db"]);
  assert.equal(code, 7, stderr);
  assert.match(stdout + stderr, /malformed|logs_run|btree|page/i);
});

Deno.test("a folder in the place of a database is refused", async () => {
  using place = new Place();
  const db = `${place.folder}/folder.db`;
  Deno.mkdirSync(db);
  const { code, stderr } = await place.run(["runs", "--db", db]);
  assert.equal(code, 7, stderr);
  assert.match(stderr, /folder\.db cannot be used: it is no file/);
  assert.deepEqual([...Deno.readDirSync(db)], []);
});

Deno.test("a log without its database is refused, and not deleted", async () => {
  using place = new Place();
  await soundDatabase(place);
  const log = new TextEncoder().encode("what was committed last");
  Deno.writeFileSync(`${place.db}-wal`, log);
  for (const lost of [() => Deno.truncateSync(place.db), () => Deno.removeSync(place.db)]) {
    lost();
    const { code, stderr } = await place.run(["run", "gmail-search", "--query", "x"]);
    assert.equal(code, 7, stderr);
    assert.match(
      stderr,
      /tasker\.db cannot be used: all that is left is its log, .*tasker\.db-wal .*\n {2}hint: restore/,
    );
    assert.deepEqual(Deno.readFileSync(`${place.db}-wal`), log);
  }
});

Deno.test("a foreign SQLite file is left as it is, whatever log lies beside it", async () => {
  using place = new Place();
  const foreign = new DatabaseSync(place.db);
  foreign.exec("PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
  const files = [place.db, `${place.db}-wal`];
  const bytes = files.map((file) => Deno.readFileSync(file));
  foreign.close();
  for (const [index, file] of files.entries()) Deno.writeFileSync(file, bytes[index]!);
  const { code, stderr } = await place.run(["runs"]);
  assert.equal(code, 7, stderr);
  assert.match(stderr, /not one of tasker's/);
  assert.deepEqual(files.map((file) => Deno.readFileSync(file)), bytes);
});

Deno.test("a link to a file that is not there is no database", async () => {
  using place = new Place();
  Deno.symlinkSync(`${place.folder}/nowhere`, place.db);
  const { code, stderr } = await place.run(["publish", place.write("one.ts", "export default () => 1;")]);
  assert.equal(code, 7, stderr);
  assert.throws(() => Deno.statSync(`${place.folder}/nowhere`), Deno.errors.NotFound);
});

Deno.test("a folder in the place of the owner's address is said to be in the way", async () => {
  using place = new Place();
  await soundDatabase(place);
  Deno.mkdirSync(`${place.db}.server.json`);
  const { code, stderr } = await place.run(["run", "one"]);
  assert.equal(code, 7, stderr);
  assert.match(stderr, /tasker\.db\.server\.json cannot be used: .*\(DATABASE_UNUSABLE\)\n {2}hint: remove it/);
});

Deno.test("files and folders that may not be read or written are refused, without harm", async (t) => {
  using place = new Place();
  await soundDatabase(place);
  const isRoot = Deno.uid() === 0;
  const through = isRoot ? await unprivileged() : [];
  const attempt = async (db: string, command: readonly string[] = ["run", "one"]) => {
    const [first, ...rest] = [...through!, ...place.commandLine(), ...command, "--db", db];
    const output = await new Deno.Command(first!, {
      args: rest,
      clearEnv: true,
      env: place.environment(),
      cwd: "/",
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    return { code: output.code, stderr: new TextDecoder().decode(output.stderr) };
  };
  await t.step({
    name: "an unreadable file",
    ignore: through === undefined,
    fn: async () => {
      Deno.chmodSync(place.db, 0o000);
      const { code, stderr } = await attempt(place.db);
      assert.equal(code, 7, stderr);
      assert.match(stderr, /tasker\.db cannot be used/);
      Deno.chmodSync(place.db, 0o600);
    },
  });
  await t.step({
    name: "a read-only folder",
    ignore: through === undefined,
    fn: async () => {
      const folder = `${place.folder}/closed`;
      Deno.mkdirSync(folder);
      Deno.chmodSync(folder, 0o555);
      const { code, stderr } = await attempt(`${folder}/new.db`, ["run", "gmail-search"]);
      assert.equal(code, 7, stderr);
      assert.match(stderr, /new\.db cannot be used/);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    },
  });
  await t.step({
    name: "a sound file in a read-only folder",
    ignore: through === undefined,
    fn: async () => {
      const folder = `${place.folder}/archive`;
      Deno.mkdirSync(folder);
      const bytes = Deno.readFileSync(place.db);
      Deno.writeFileSync(`${folder}/old.db`, bytes, { mode: 0o444 });
      Deno.chmodSync(folder, 0o555);
      const { code, stderr } = await attempt(`${folder}/old.db`);
      assert.equal(code, 7, stderr);
      assert.match(stderr, /old\.db cannot be used/);
      assert.deepEqual(Deno.readFileSync(`${folder}/old.db`), bytes);
      Deno.chmodSync(folder, 0o755);
    },
  });
});

/** What starts a command without root's right to read and write everything. Undefined where there is no such thing. */
async function unprivileged(): Promise<string[] | undefined> {
  const setpriv = ["/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  try {
    const [command, ...args] = [...setpriv, "/bin/true"];
    return (await new Deno.Command(command!, { args }).output()).success ? setpriv : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
