import assert from "node:assert/strict";

const MAIN = `${import.meta.dirname}/../../main.ts`;

/** Runs the program as a process of its own. */
async function tasker(args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", "--unstable-lazy-dynamic-imports", MAIN, ...args],
    // Never the database of the person who runs the tests.
    env: { TASKER_DB: `${import.meta.dirname}/absent/tasker.db`, ...env },
    stdin: "null",
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("mistakes of usage end with 2 and say what was meant", async () => {
  const command = await tasker(["rusn"]);
  assert.equal(command.code, 2);
  assert.match(command.err, /^error: there is no command "rusn" \(USAGE\)\n {2}hint: did you mean `runs`\?\n$/);
  const flag = await tasker(["run", "gmail-search", "--max-user-per-domain", "3"]);
  assert.equal(flag.code, 2);
  assert.match(flag.err, /did you mean --max-users-per-domain\?/);
  assert.equal(flag.out, "");
});

Deno.test("flags before a command and in capitals are named as they were written", async () => {
  assert.match((await tasker(["--bogus"])).err, /^error: there is no flag --bogus before a command \(USAGE\)\n/);
  assert.match((await tasker(["runs", "--DB", "x"])).err, /^error: there is no flag --DB \(USAGE\)\n.*--db\?\n$/);
});

Deno.test("help and version are understood as words too", async () => {
  assert.deepEqual(await tasker(["help", "keystore", "set"]), await tasker(["keystore", "set", "--help"]));
  assert.deepEqual(await tasker(["version"]), await tasker(["--version"]));
});

Deno.test("the help of a task's run is made from its schema, without a database", async () => {
  await inFolder(async (folder) => {
    const help = await tasker(["run", "gmail-search", "--help"], { TASKER_DB: `${folder}/none/tasker.db` });
    assert.equal(help.code, 0);
    assert.match(help.out, /-q +\[--query\] [^[]*\[also: --gmailSearchQuery\]/);
    assert.match(help.out, /\[--max-results-per-user\] [^[]*\[default: 10\]/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("what is not there ends with 3, and reading makes no database", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/tasker.db`;
    const runs = await tasker(["--db", path, "runs"]);
    assert.deepEqual([runs.code, runs.out, runs.err], [0, "", "there is no run yet\n"]);
    assert.equal((await tasker(["--db", path, "show", "last"])).code, 3);
    const keystore = await tasker(["--db", path, "keystore", "get", "A"]);
    assert.equal(keystore.code, 3);
    assert.match(keystore.err, /hint: `tasker keystore set NAME`/);
    assert.equal((await tasker(["run", "gmail-serch", "--db", path])).code, 3);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a file that is no database ends with 7 and stays as it is", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/tasker.db`;
    await Deno.writeTextFile(path, "not a database, and long enough to be read as one".repeat(50));
    const before = await Deno.readTextFile(path);
    const { code, err } = await tasker(["runs", "--db", path]);
    assert.equal(code, 7);
    assert.match(err, /DATABASE_UNUSABLE/);
    assert.equal(await Deno.readTextFile(path), before);
  });
});

Deno.test("a secret is not taken from the command line and not shown unasked", async () => {
  await inFolder(async (folder) => {
    const env = { TASKER_DB: `${folder}/tasker.db` };
    await Deno.writeTextFile(`${folder}/secret`, "s3cret\n");
    assert.equal((await tasker(["keystore", "set", "A", "s3cret"], env)).code, 2);
    assert.equal((await tasker(["keystore", "set", "A", "--file", `${folder}/secret`], env)).code, 0);
    const hidden = await tasker(["keystore", "get", "A"], env);
    assert.equal(hidden.code, 2);
    assert.doesNotMatch(hidden.out + hidden.err, /s3cret/);
    assert.equal((await tasker(["keystore", "get", "A", "--reveal"], env)).out, "s3cret\n");
    assert.doesNotMatch((await tasker(["keystore", "list", "--json"], env)).out, /s3cret/);
    assert.equal((await tasker(["keystore", "delete", "A"], env)).code, 0);
    assert.equal((await tasker(["keystore", "get", "A", "--reveal"], env)).code, 3);
  });
});

Deno.test("completions propose commands and the flags of the named task", async () => {
  assert.deepEqual((await tasker(["__complete", "--", "keystore", "s"])).out, "set\n");
  assert.match(
    (await tasker(["__complete", "--", "run", "gmail-search", "--max-u"])).out,
    /^--max-users-per-domain\n$/,
  );
});

Deno.test("as a task of the checkout, relative paths are those of the folder in which it was called", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/key.txt`, "s3cret");
    const args = ["keystore", "set", "A", "--file", "key.txt", "--db", "here.db"];
    const checkout = Deno.realPathSync(`${import.meta.dirname}/../..`);
    const set = await tasker(args, { INIT_CWD: folder }, checkout);
    assert.equal(set.code, 0, set.err);
    assert.ok((await Deno.stat(`${folder}/here.db`)).isFile);
  });
});

Deno.test("a query that cannot be read ends with 2, and says what may be wrong with it", async () => {
  await inFolder(async (folder) => {
    const { code, out, err } = await tasker(["run", "gmail-search", "-q", "(", "--db", `${folder}/tasker.db`]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /hint: `tasker gmail query .*` shows which of them/);
  });
});
