/** Whatever has become of the files: what is read from them is right, or it is said what is wrong and what to do. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { TaskerError } from "../../src/core/errors.ts";
import { Keystore } from "../../src/services/keystore/keystore.ts";
import { migrations } from "../../src/store/migrations/migrations.ts";
import { openStore } from "../../src/store/store.ts";
import { memoryFolder } from "../simulation/memory_folder.ts";
import { commandLine, type Printed } from "./command_line.ts";
import { fuzz } from "./seed.ts";
import { DB, type Files, filesIn, makeSound, otherDatabase, own, RESULT, SECRETS, type Sound } from "./sound_files.ts";

const BESIDE = ["-wal", "-shm", ".key", ".owner", ".server.json"].map((ending) => `${DB}${ending}`);
const APPLICATION_ID = 0x7461736b;
/** What comes from elsewhere into the place of a file. */
const STRANGERS: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(),
  picture: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52),
  json: new TextEncoder().encode('{"url":"x","token":null}'),
  null: new TextEncoder().encode("null"),
  foreign: otherDatabase(0, 0),
  newer: otherDatabase(999, APPLICATION_ID),
  empty: otherDatabase(migrations.length, APPLICATION_ID),
  "empty and old": otherDatabase(3, APPLICATION_ID),
};

/** What happens to one of the files. `at` and `length` are parts of its size. */
type Damage =
  | { what: "cut"; at: number }
  | { what: "bit"; at: number; bit: number }
  | { what: "zeros" | "ones"; at: number; length: number }
  | { what: "stranger"; which: string }
  | { what: "other"; which: string }
  | { what: "gone" | "folder" | "link to nowhere" | "link to itself" | "link to another place" };

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const damages: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant("bit" as const), at: part, bit: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("cut" as const), at: part }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom("zeros" as const, "ones" as const), at: part, length: part }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("stranger" as const),
      which: fc.constantFrom(...Object.keys(STRANGERS)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("other" as const), which: fc.constantFrom(DB, ...BESIDE) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom(
        "gone" as const,
        "folder" as const,
        "link to nowhere" as const,
        "link to itself" as const,
        "link to another place" as const,
      ),
    }),
  },
);
const targets = fc.oneof(
  { weight: 1, arbitrary: fc.constant(DB) },
  { weight: 1, arbitrary: fc.constantFrom(...BESIDE) },
);

const usedPlaces = new WeakMap<Uint8Array, number[]>();
/** Where in a file something is: damage to what is not used says nothing. */
function placeIn(bytes: Uint8Array, part: number): number {
  let used = usedPlaces.get(bytes);
  if (used === undefined) {
    used = [];
    for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) used.push(at);
    usedPlaces.set(bytes, used);
  }
  return used[Math.floor(part * used.length)] ?? 0;
}

/** Lays out files in a folder, one of them damaged. */
function layOut(folder: string, files: Files, target: string, damage: Damage): void {
  for (const [name, bytes] of files) {
    if (name !== target) Deno.writeFileSync(`${folder}/${name}`, bytes, { mode: 0o600 });
  }
  const path = `${folder}/${target}`;
  const sound = files.get(target) ?? new Uint8Array();
  const bytes = new Uint8Array(sound);
  const write = (bytes: Uint8Array) => Deno.writeFileSync(path, bytes, { mode: 0o600 });
  switch (damage.what) {
    case "cut":
      return write(bytes.subarray(0, Math.floor(damage.at * bytes.length)));
    case "bit":
      bytes[placeIn(sound, damage.at)]! ^= 1 << damage.bit;
      return write(bytes);
    case "zeros":
    case "ones": {
      const at = placeIn(sound, damage.at);
      bytes.fill(damage.what === "zeros" ? 0 : 0xff, at, at + Math.ceil(damage.length ** 3 * bytes.length));
      return write(bytes);
    }
    case "stranger":
      return write(STRANGERS[damage.which]!);
    case "other":
      return write(files.get(damage.which) ?? new Uint8Array());
    case "gone":
      return;
    case "folder":
      return Deno.mkdirSync(path);
    case "link to nowhere":
      return Deno.symlinkSync(`${folder}/nowhere`, path);
    case "link to itself":
      return Deno.symlinkSync(path, path);
    case "link to another place":
      Deno.mkdirSync(`${folder}/elsewhere`);
      Deno.writeFileSync(`${folder}/elsewhere/file`, bytes, { mode: 0o600 });
      return Deno.symlinkSync(`${folder}/elsewhere/file`, path);
  }
}

let made: Promise<Sound> | undefined;
const sound = () => made ??= makeSound();

/** What the files of one attempt are, and what has become of them. */
class Laid implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "tasker-damaged-", ...memoryFolder() });
  readonly path = `${this.folder}/${DB}`;
  readonly #files: Files;
  readonly #target: string;
  readonly #before: Files;

  constructor({ files, target, damage }: { files: Files; target: string; damage: Damage }) {
    this.#files = files;
    this.#target = target;
    layOut(this.folder, files, target, damage);
    this.#before = filesIn(this.folder);
  }

  get isOfDatabase(): boolean {
    return [DB, `${DB}-wal`].includes(this.#target);
  }

  /** Files that are as they were; an empty one is none. */
  checkUntouched(...names: string[]): void {
    const after = filesIn(this.folder);
    // Not as arrays: of those a difference would be drawn, byte by byte.
    const text = (files: Files, name: string) => Buffer.from(files.get(name) ?? []).toString("base64");
    for (const name of names) assert.ok(text(after, name) === text(this.#before, name), `${name} has changed`);
  }

  checkPrivate(): void {
    for (const { name, isFile } of Deno.readDirSync(this.folder)) {
      if (isFile) assert.equal(Deno.statSync(`${this.folder}/${name}`).mode! & 0o077, 0, `${name} is open to others`);
    }
  }

  /** With the one file as it was before the damage, everything is as it was. */
  checkRepairable(ids: Sound["runs"]): void {
    if (this.isOfDatabase) return;
    const path = `${this.folder}/${this.#target}`;
    if ([...Deno.readDirSync(this.folder)].some(({ name }) => name === this.#target)) {
      Deno.removeSync(path, { recursive: true });
    }
    if (this.#files.has(this.#target)) Deno.writeFileSync(path, this.#files.get(this.#target)!, { mode: 0o600 });
    const store = openStore(this.path, { create: false });
    try {
      const [told, asleep] = ids.map((id) => store.taskRuns.byId(id)!);
      assert.deepEqual([told!.status, told!.result], ["completed", JSON.stringify(RESULT)]);
      assert.equal(asleep!.status, "suspended_waiting_child");
      assert.deepEqual([...store.records.each({ run: told!.run })].map(({ data }) => data), [1, 2, 3]);
      const keystore = new Keystore({ store });
      for (const [name, text] of Object.entries(SECRETS)) assert.equal(keystore.get("default", name), text);
    } finally {
      store.close();
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** What nobody may see. */
const hiddenIn = (files: Files, token: string) => [
  ...Object.values(SECRETS),
  token,
  new TextDecoder().decode(files.get(`${DB}.key`)).trim(),
];
/** The codes that something wrong with the files may have, with the exit code of each. */
const FITTING: Readonly<Record<string, number>> = {
  DATABASE_UNUSABLE: 7,
  CREDENTIALS: 1,
  NOT_FOUND: 3,
};

/** What a command has printed is an answer, or an error that says what to do. */
function checkPrinted({ code, stdout, stderr }: Printed, hidden: readonly string[]): void {
  const all = `${stdout}${stderr}`;
  assert.doesNotMatch(all, /\bat .*:\d+:\d+|file:\/\/|TypeError|undefined|\[object|INTERNAL/);
  for (const text of hidden) assert.ok(!all.includes(text), `${all} has what is secret`);
  const error = /^error: [^]* \((\w+)\)\n {2}hint: ./m.exec(stderr);
  if (code === 0) assert.equal(error, null, stderr);
  else if (error === null) assert.match(stdout, /integrity/, `exit code ${code}: ${all}`);
  else assert.equal(code, FITTING[error[1]!], stderr);
}

function checkError(error: unknown): asserts error is TaskerError {
  assert.ok(error instanceof TaskerError, error instanceof Error ? error.stack : String(error));
  assert.ok(error.code in FITTING, `${error.code}: ${error.message}`);
  assert.ok((error.hint ?? "") !== "", error.message);
}

const commandsOn = (run: string) => [
  ["runs"],
  ["runs", "--json"],
  ["show", run],
  ["show", run, "--json"],
  ["records", run],
  ["debug", "db"],
  ["debug", "db", "--json"],
  ["debug", "logs"],
  ["publish", "--list"],
  ["keystore", "list"],
  ["keystore", "namespaces"],
  ["run", "tells", "--help"],
];
const states = fc.constantFrom("killed" as const, "ended" as const);
const names = fc.constantFrom(...Object.keys(SECRETS) as (keyof typeof SECRETS)[]);

fuzz(
  "whichever file is damaged, a command answers rightly or says what is wrong, and spoils nothing",
  async (seeded) => {
    const { runs, token, ...files } = await sound();
    const commands = fc.shuffledSubarray(commandsOn(runs[0]), { minLength: 1, maxLength: 2 });
    const property = fc.asyncProperty(
      states,
      targets,
      damages,
      commands,
      names,
      async (state, target, damage, commands, name) => {
        using laid = new Laid({ files: files[state], target, damage });
        const db = ["--db", laid.path];
        const hidden = hiddenIn(files[state], token);
        for (const command of commands) {
          const printed = await commandLine(...command, ...db);
          checkPrinted(printed, hidden);
          if (printed.stderr.includes("left as it is")) laid.checkUntouched(DB, `${DB}-wal`);
        }
        const shown = await commandLine("keystore", "get", name, "--reveal", ...db);
        if (shown.code === 0) assert.equal(shown.stdout, `${SECRETS[name]}\n`);
        else checkPrinted(shown, hidden);
        laid.checkUntouched(`${DB}.key`, `${DB}.server.json`, `${DB}.owner`);
        laid.checkPrivate();
        laid.checkRepairable(runs);
      },
    );
    await fc.assert(property, seeded(120));
  },
);

const sealedDamage = fc.oneof(
  fc.record({ how: fc.constant("bit" as const), at: part, bit: fc.nat(7) }),
  fc.record({ how: fc.constantFrom("cut" as const, "doubled" as const), at: part, bit: fc.constant(0) }),
  fc.record({ how: fc.constantFrom("the other's" as const, "any" as const), at: part, bit: fc.constant(0) }),
);

fuzz("a keystore value that has been changed opens as nothing, and never as another value", async (seeded) => {
  const { ended } = await sound();
  using laid = new Laid({ files: ended, target: `${DB}-shm`, damage: { what: "gone" } });
  const store = openStore(laid.path);
  const keystore = new Keystore({ store });
  const sealed = { FIRST: store.keystore.get("default", "FIRST")!, SECOND: store.keystore.get("default", "SECOND")! };
  const property = fc.asyncProperty(sealedDamage, fc.uint8Array({ maxLength: 60 }), (damage, any) => {
    let value = new Uint8Array(sealed.FIRST);
    const at = Math.floor(damage.at * value.length);
    if (damage.how === "bit") value[at]! ^= 1 << damage.bit;
    else if (damage.how === "cut") value = value.subarray(0, at);
    else if (damage.how === "doubled") value = new Uint8Array([...value, ...value.subarray(at)]);
    else value = new Uint8Array(damage.how === "any" ? any : sealed.SECOND);
    store.keystore.put({ namespace: "default", name: "FIRST", sealed: value, now: 0 });
    assert.throws(() => keystore.get("default", "FIRST"), (error) => {
      checkError(error);
      return error.code === "CREDENTIALS" && Object.values(SECRETS).every((text) => !error.message.includes(text));
    });
    const $sealed = Buffer.from(value).toString("base64");
    assert.throws(() => keystore.openFromJournal({ $sealed }), { code: "CREDENTIALS" });
    assert.equal(keystore.get("default", "SECOND"), SECRETS.SECOND);
    return Promise.resolve();
  });
  try {
    await fc.assert(property, seeded(200));
  } finally {
    store.close();
  }
});

fuzz("whichever file is damaged, an owner works rightly or says what is wrong, and spoils nothing", async (seeded) => {
  const { runs, token: _token, ...files } = await sound();
  const property = fc.asyncProperty(states, targets, damages, async (state, target, damage) => {
    using laid = new Laid({ files: files[state], target, damage });
    try {
      const owner = own(laid.path);
      assert.ok(owner !== undefined, "nobody else has it");
      try {
        assert.deepEqual((await owner.client.status(runs[0])).result, RESULT);
        const { taskRunId } = await owner.client.submit({ taskName: "tells", input: {} });
        for await (const { status, result } of owner.client.events(taskRunId)) {
          if (status === "completed") assert.deepEqual(result, RESULT);
        }
      } finally {
        await owner.stop();
      }
    } catch (error) {
      checkError(error);
      if (error.hint!.includes("left as it is")) laid.checkUntouched(DB, `${DB}-wal`);
    }
    laid.checkUntouched(`${DB}.key`);
    laid.checkPrivate();
    laid.checkRepairable(runs);
  });
  await fc.assert(property, seeded(30));
});
