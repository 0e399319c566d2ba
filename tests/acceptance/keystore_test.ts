import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

/** `tasker keystore`: secrets go in by file or stdin, and come out only when that is said aloud. */

const SECRET = "s3cret-Zürich-value";

Deno.test("values come from a file or stdin, are listed by name only, and are shown with --reveal only", async () => {
  using place = new Place();
  const file = await place.run(["keystore", "set", "FROM_FILE", "--file", place.write("secret.txt", `${SECRET}\n`)]);
  assert.deepEqual([file.code, file.stdout, file.stderr], [0, "", "stored default/FROM_FILE\n"]);
  const stdin = await place.run(["keystore", "set", "FROM_STDIN", "--namespace", "team"], { stdin: `${SECRET}\n` });
  assert.equal(stdin.code, 0, stdin.stderr);

  const list = await place.run(["keystore", "list"]);
  assert.match(list.stdout, /^NAMESPACE +NAME +SET \(.+\)\n/);
  assert.match(list.stdout, /default +FROM_FILE/);
  assert.match(list.stdout, /team +FROM_STDIN/);
  const json = JSON.parse((await place.run(["keystore", "list", "--namespace", "team", "--json"])).stdout);
  assert.deepEqual(json.map(({ namespace, name }: Record<string, string>) => [namespace, name]), [[
    "team",
    "FROM_STDIN",
  ]]);
  assert.deepEqual(JSON.parse((await place.run(["keystore", "namespaces", "--json"])).stdout).length, 2);

  const hidden = await place.run(["keystore", "get", "FROM_FILE"]);
  assert.equal(hidden.code, 2);
  assert.match(hidden.stderr, /--reveal/);
  for (const [name, namespace] of [["FROM_FILE", "default"], ["FROM_STDIN", "team"]] as const) {
    const shown = await place.run(["keystore", "get", name, "--namespace", namespace, "--reveal"]);
    assert.deepEqual([shown.code, shown.stdout.trimEnd()], [0, SECRET]);
  }
  for (const { stdout, stderr } of [list, hidden, file, stdin]) assert.ok(!`${stdout}${stderr}`.includes(SECRET));
});

Deno.test("what Google's APIs cannot be called with is stored with a warning that does not repeat it", async () => {
  using place = new Place();
  const slips = [["GAPI_KEY", `{"pasted": "${SECRET}`, /it is not JSON/], [
    "GAPI_ADMIN_EMAIL",
    SECRET,
    /neither an address/,
  ], [
    "GAPI_ROOT_URL",
    `http://${SECRET}.example`,
    /neither Google's nor on this machine/,
  ]] as const;
  for (const [name, value, words] of slips) {
    const { code, stderr } = await place.run(["keystore", "set", name], { stdin: value });
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`^stored default/${name}\nwarning: .*${words.source}[^]*\n {2}hint: `));
    assert.ok(!stderr.includes(SECRET), stderr);
  }
});

Deno.test("a value on the command line is refused and not repeated", async () => {
  using place = new Place();
  for (const args of [["X", SECRET], ["X", `--value=${SECRET}`], [`X=${SECRET}`]]) {
    const done = await place.run(["keystore", "set", ...args], { stdin: "" });
    assert.equal(done.code, 2, done.stderr);
    assert.ok(!done.stderr.includes(SECRET), done.stderr);
  }
  assert.equal((await place.run(["keystore", "get", "X", "--reveal"])).code, 3);
});

Deno.test("an entry is deleted from its own namespace only, and what is not there is exit code 3", async () => {
  using place = new Place();
  await place.run(["keystore", "set", "A"], { stdin: "one" });
  await place.run(["keystore", "set", "A", "--namespace", "team"], { stdin: "two" });
  assert.equal((await place.run(["keystore", "delete", "A", "--namespace", "team"])).code, 0);
  assert.equal((await place.run(["keystore", "get", "A", "--namespace", "team", "--reveal"])).code, 3);
  assert.equal((await place.run(["keystore", "get", "A", "--reveal"])).stdout.trimEnd(), "one");
  const absent = await place.run(["keystore", "delete", "B"]);
  assert.equal(absent.code, 3);
  assert.match(absent.stderr, /the keystore has no default\/B/);
});

Deno.test("files are private, and nothing in them is the secret", async () => {
  using place = new Place();
  await place.run(["keystore", "set", "A"], { stdin: SECRET });
  const bytes = new TextEncoder().encode(SECRET);
  const names: string[] = [];
  for (const { name } of Deno.readDirSync(place.folder)) {
    if (!name.startsWith("tasker.db")) continue;
    names.push(name);
    const path = `${place.folder}/${name}`;
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600, name);
    const content = Deno.readFileSync(path);
    assert.equal(new TextDecoder("latin1").decode(content).includes(new TextDecoder("latin1").decode(bytes)), false);
  }
  assert.ok(names.some((name) => name !== "tasker.db" && !/-(wal|shm)$|owner/.test(name)), `a key file: ${names}`);
});

Deno.test("a passphrase works across processes, and a wrong or missing one is refused clearly", async () => {
  using place = new Place();
  const env = { TASKER_KEYSTORE_KEY: "correct horse battery staple" };
  assert.equal((await place.run(["keystore", "set", "A"], { stdin: SECRET, env })).code, 0);
  assert.equal((await place.run(["keystore", "get", "A", "--reveal"], { env })).stdout.trimEnd(), SECRET);

  const wrong = await place.run(["keystore", "get", "A", "--reveal"], {
    env: { TASKER_KEYSTORE_KEY: "incorrect horse" },
  });
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stderr, /TASKER_KEYSTORE_KEY/);
  const missing = await place.run(["keystore", "get", "A", "--reveal"]);
  assert.notEqual(missing.code, 0);
  assert.match(missing.stderr, /TASKER_KEYSTORE_KEY/);
  for (const { stdout, stderr } of [wrong, missing]) {
    assert.ok(!`${stdout}${stderr}`.includes(SECRET));
    assert.ok(!stderr.includes("horse"));
  }
  const overwritten = await place.run(["keystore", "set", "B"], {
    stdin: "x",
    env: { TASKER_KEYSTORE_KEY: "incorrect horse" },
  });
  assert.notEqual(overwritten.code, 0, "a second key beside the first would lock somebody out");
});

Deno.test("a task gets an opaque reference, reads declared namespaces only, and secrets stay out of results and logs", async () => {
  using place = new Place();
  await place.run(["keystore", "set", "TOKEN"], { stdin: SECRET });
  await place.run(["keystore", "set", "TOKEN", "--namespace", "other"], { stdin: SECRET });
  const source = `export const manifest = { services: ["keystore", "log"], namespaces: ["default"] };
export default async () => {
  const key = await tools.keystore.getKey("default", "TOKEN");
  console.log("key", key);
  const refused = await tools.keystore.getKey("other", "TOKEN").then(() => "given", (error) => error.code);
  return { key, refused, has: await tools.keystore.hasKey("default", "TOKEN") };
};
declare const tools: any;
`;
  assert.equal((await place.run(["publish", place.write("peek.ts", source)])).code, 0);
  const done = await place.run(["run", "peek"]);
  assert.equal(done.code, 0, done.stderr);
  const result = JSON.parse(done.stdout);
  assert.deepEqual(result, { key: { $secret: "default/TOKEN" }, refused: "NAMESPACE_REFUSED", has: true });
  for (const args of [["show", "last", "--json"], ["debug", "logs"], ["debug", "db"]]) {
    assert.ok(!(await place.run(args)).stdout.includes(SECRET), args.join(" "));
  }
});
