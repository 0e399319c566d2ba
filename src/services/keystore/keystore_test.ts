import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { TaskerError } from "../../core/errors.ts";
import { openServiceBench } from "../service_bench.ts";
import { Keystore, LARGEST_VALUE } from "./keystore.ts";

const SECRET = "correct horse battery staple";

function refusal(work: () => unknown): TaskerError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof TaskerError, String(error));
    assert.ok(error.hint !== undefined, "an error of the keystore has a hint");
    assert.ok(!`${error.message} ${error.hint}`.includes(SECRET), "no error repeats a secret");
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

Deno.test("a value is kept as it is: empty, with NULs and newlines, in any script, up to 1 MiB", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  for (const value of ["", "one\0two\n\r\n", "žluťoučký 😀", "k".repeat(LARGEST_VALUE)]) {
    keystore.set("default", "K", value);
    assert.equal(new Keystore({ store: bench.store }).get("default", "K"), value);
  }
});

Deno.test("namespaces keep the same name apart; entries are listed without values, replaced and deleted", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  keystore.set("one", "K", "1");
  keystore.set("two", "K", "2");
  keystore.set("two", "A", "3");
  keystore.set("two", "K", "4");
  assert.equal(keystore.get("one", "K"), "1");
  assert.equal(keystore.get("two", "K"), "4");
  assert.deepEqual(keystore.list("two").map(({ name }) => name), ["A", "K"]);
  assert.ok(!JSON.stringify(keystore.list("two")).includes("4444"));
  assert.deepEqual(keystore.namespaces(), [{ namespace: "one", entries: 1 }, { namespace: "two", entries: 2 }]);
  assert.equal(keystore.delete("two", "K"), true);
  assert.equal(keystore.delete("two", "K"), false);
  assert.equal(keystore.has("two", "K"), false);
  assert.equal(keystore.get("two", "K"), undefined);
});

Deno.test("names that could be taken for another place are refused", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  for (const name of ["", "a/b", "a b", "../x", "a\0", "ä", "x".repeat(129), 7 as unknown as string]) {
    assert.equal(refusal(() => keystore.set("default", name, "v")).code, "INVALID_INPUT");
    assert.equal(refusal(() => keystore.get(name, "K")).code, "INVALID_INPUT");
  }
});

Deno.test("values over 1 MiB and broken text are refused and change nothing", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  keystore.set("default", "K", SECRET);
  assert.equal(refusal(() => keystore.set("default", "K", "x".repeat(LARGEST_VALUE + 1))).code, "TOO_LARGE");
  assert.equal(refusal(() => keystore.set("default", "K", "é".repeat(LARGEST_VALUE / 2 + 1))).code, "TOO_LARGE");
  assert.equal(refusal(() => keystore.set("default", "K", "\ud800")).code, "INVALID_INPUT");
  assert.equal(keystore.get("default", "K"), SECRET);
});

Deno.test("no plain text is in the database, its log or the key file", () => {
  using bench = openServiceBench();
  new Keystore({ store: bench.store }).set("default", "K", SECRET);
  const files = [...Deno.readDirSync(bench.folder)].map(({ name }) => name);
  assert.deepEqual(files.filter((name) => name.endsWith(".key")), ["tasker.db.key"]);
  const sealed = bench.store.keystore.get("default", "K")!;
  const all = [sealed, Deno.readFileSync(`${bench.path}.key`), Deno.readFileSync(`${bench.path}-wal`)];
  for (const bytes of all) assert.ok(!new TextDecoder("latin1").decode(bytes).includes(SECRET));
});

Deno.test("the key file is made at the first set, for its owner alone; listing and asking need none", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  assert.equal(keystore.get("default", "K"), undefined);
  assert.equal(keystore.has("default", "K"), false);
  keystore.list("default");
  assert.throws(() => Deno.statSync(`${bench.path}.key`), Deno.errors.NotFound);
  keystore.set("default", "K", "v");
  assert.equal(Deno.statSync(`${bench.path}.key`).mode! & 0o777, 0o600);
});

Deno.test("an empty key file, left by a process that died making it, is made anew", () => {
  using bench = openServiceBench();
  Deno.writeTextFileSync(`${bench.path}.key`, "", { mode: 0o600 });
  new Keystore({ store: bench.store }).set("default", "K", "v");
  assert.equal(new Keystore({ store: bench.store }).get("default", "K"), "v");
});

Deno.test("a key file that others can read, that is damaged or a folder is refused", () => {
  using bench = openServiceBench();
  const keyFile = `${bench.path}.key`;
  new Keystore({ store: bench.store }).set("default", "K", SECRET);
  for (const mode of [0o640, 0o604, 0o644, 0o660]) {
    Deno.chmodSync(keyFile, mode);
    const error = refusal(() => new Keystore({ store: bench.store }).get("default", "K"));
    assert.equal(error.code, "CREDENTIALS");
    assert.match(error.hint!, /chmod 600/);
  }
  Deno.chmodSync(keyFile, 0o600);
  Deno.writeTextFileSync(keyFile, "not a key");
  assert.equal(refusal(() => new Keystore({ store: bench.store }).get("default", "K")).code, "CREDENTIALS");
  assert.equal(refusal(() => new Keystore({ store: bench.store }).set("default", "L", "v")).code, "CREDENTIALS");
  Deno.removeSync(keyFile);
  Deno.mkdirSync(keyFile);
  assert.equal(refusal(() => new Keystore({ store: bench.store }).get("default", "K")).code, "CREDENTIALS");
});

Deno.test("with its key lost the keystore neither opens nor quietly starts a second key", () => {
  using bench = openServiceBench();
  new Keystore({ store: bench.store }).set("default", "K", SECRET);
  Deno.removeSync(`${bench.path}.key`);
  const keystore = new Keystore({ store: bench.store });
  assert.match(refusal(() => keystore.get("default", "K")).message, /is not there/);
  assert.equal(refusal(() => keystore.set("default", "L", "v")).code, "CREDENTIALS");
  assert.throws(() => Deno.statSync(`${bench.path}.key`), Deno.errors.NotFound);
  keystore.delete("default", "K");
  keystore.set("default", "L", "v");
  assert.equal(keystore.get("default", "L"), "v");
});

Deno.test("a key in the environment is taken in hex and in both base64 alphabets, and needs no file", () => {
  using bench = openServiceBench();
  const key = randomBytes(32);
  new Keystore({ store: bench.store, env: key.toString("hex") }).set("default", "K", SECRET);
  for (const env of [key.toString("hex").toUpperCase(), key.toString("base64"), `${key.toString("base64url")}\n`]) {
    assert.equal(new Keystore({ store: bench.store, env }).get("default", "K"), SECRET);
  }
  assert.throws(() => Deno.statSync(`${bench.path}.key`), Deno.errors.NotFound);
});

Deno.test("a passphrase gives the same key in the next process, and another database another key", () => {
  using bench = openServiceBench();
  using other = openServiceBench();
  const env = "a passphrase of several words";
  new Keystore({ store: bench.store, env }).set("default", "K", SECRET);
  new Keystore({ store: other.store, env }).set("default", "K", SECRET);
  assert.equal(new Keystore({ store: bench.store, env }).get("default", "K"), SECRET);
  assert.equal(Deno.statSync(`${bench.path}.key.salt`).mode! & 0o777, 0o600);
  const sealed = other.store.keystore.get("default", "K")!;
  bench.store.keystore.put({ namespace: "default", name: "K", sealed, now: 0 });
  assert.equal(refusal(() => new Keystore({ store: bench.store, env }).get("default", "K")).code, "CREDENTIALS");
});

Deno.test("a wrong key is refused for opening and for sealing, also after it has failed to open", () => {
  using bench = openServiceBench();
  new Keystore({ store: bench.store, env: "right passphrase" }).set("default", "K", SECRET);
  for (const env of ["wrong passphrase", randomBytes(32).toString("hex"), undefined]) {
    const keystore = new Keystore({ store: bench.store, env });
    assert.equal(refusal(() => keystore.get("default", "K")).code, "CREDENTIALS");
    assert.equal(refusal(() => keystore.set("default", "L", "v")).code, "CREDENTIALS");
    assert.equal(refusal(() => keystore.sealForJournal("v")).code, "CREDENTIALS");
  }
  assert.equal(new Keystore({ store: bench.store, env: "right passphrase" }).get("default", "K"), SECRET);
});

Deno.test("a sealed value moved to another name or namespace does not open, nor does a changed one", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  keystore.set("default", "K", SECRET);
  const sealed = bench.store.keystore.get("default", "K")!;
  bench.store.keystore.put({ namespace: "default", name: "L", sealed, now: 0 });
  bench.store.keystore.put({ namespace: "other", name: "K", sealed, now: 0 });
  const changed = sealed.slice();
  changed[20]! ^= 0x40;
  bench.store.keystore.put({ namespace: "default", name: "M", sealed: changed, now: 0 });
  bench.store.keystore.put({ namespace: "default", name: "N", sealed: new Uint8Array(3), now: 0 });
  for (const [namespace, name] of [["default", "L"], ["other", "K"], ["default", "M"], ["default", "N"]] as const) {
    assert.equal(refusal(() => keystore.get(namespace, name)).code, "CREDENTIALS");
  }
  assert.equal(keystore.get("default", "K"), SECRET);
});

Deno.test("a secret sealed for the journal opens there and nowhere else", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  const sealed = keystore.sealForJournal(SECRET);
  assert.ok(!JSON.stringify(sealed).includes(SECRET));
  assert.equal(new Keystore({ store: bench.store }).openFromJournal(sealed), SECRET);
  keystore.set("default", "K", SECRET);
  const entry = { $sealed: btoa(String.fromCharCode(...bench.store.keystore.get("default", "K")!)) };
  assert.equal(refusal(() => keystore.openFromJournal(entry)).code, "CREDENTIALS");
  for (const value of [null, "x", { $sealed: 1 }, { $sealed: "eA==", more: 1 }, [sealed], { other: "x" }]) {
    assert.equal(keystore.openFromJournal(value), undefined);
  }
});

Deno.test("a set inside a transaction that fails is undone with it", () => {
  using bench = openServiceBench();
  const keystore = new Keystore({ store: bench.store });
  keystore.set("default", "K", "before");
  assert.throws(() =>
    bench.store.db.transaction(() => {
      keystore.set("default", "K", "after");
      throw new Error("the transaction fails");
    })
  );
  assert.equal(keystore.get("default", "K"), "before");
});

Deno.test("processes that use a new keystore at the same moment share one key", async () => {
  using bench = openServiceBench();
  const at = (file: string) => JSON.stringify(import.meta.resolve(file));
  const program = (name: string) => `
    import { openStore } from ${at("../../store/store.ts")};
    import { Keystore } from ${at("./keystore.ts")};
    const store = openStore(${JSON.stringify(bench.path)});
    console.log("ready");
    await Deno.stdin.read(new Uint8Array(1));
    new Keystore({ store }).set("default", "${name}", "${name}");
    store.close();`;
  const names = ["A", "B", "C"];
  const children = names.map((name) =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", program(name)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    })
      .spawn()
  );
  const readers = children.map((child) => child.stdout.getReader());
  for (const reader of readers) await reader.read();
  const writers = children.map((child) => child.stdin.getWriter());
  await Promise.all(writers.map((writer) => writer.write(new Uint8Array(1))));
  for (const [index, child] of children.entries()) {
    assert.equal((await child.status).code, 0);
    await writers[index]!.close().catch(() => {/* the process had ended and its pipe with it */});
    await readers[index]!.cancel();
  }
  const keystore = new Keystore({ store: bench.store });
  for (const name of names) assert.equal(keystore.get("default", name), name);
});
