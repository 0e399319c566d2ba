import assert from "node:assert/strict";
import { addRules } from "./policy.ts";
import { Place } from "./tasker.ts";
import { Searching } from "./searching.ts";

/** Task code of the earlier system, and plain JavaScript, run as they stand. */

/** Publishes CommonJS source as `legacy` and runs it; gives its result. */
async function run(place: Place, source: string, input: unknown = {}): Promise<unknown> {
  const published = await place.run(["publish", place.write("legacy.js", source)]);
  assert.equal(published.code, 0, published.stderr);
  const { code, stdout, stderr } = await place.run(["run", "legacy", "--input", JSON.stringify(input)]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("a search written for the earlier system runs unchanged: wrappedgapi, wrappedkeystore, nested tasks.execute", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 4, messagesPerUser: 12 });
  const mailbox = `/**
 * @task count-mail
 * @description Counts the mail of one user.
 */
module.exports = async function execute(input, context) {
  var page = await __callHostTool__("wrappedgapi", ["gmail", "users", "messages", "list"], [{ userId: input.userEmail, q: input.q, maxResults: 100 }]);
  var ids = (page.messages || []).map(function (m) { return m.id; });
  var subject = null;
  if (ids.length > 0) {
    var message = await __callHostTool__("gapi", "gmail.users.messages.get", [{ userId: input.userEmail, id: ids[0], format: "metadata" }]);
    subject = message.payload.headers.filter(function (h) { return h.name === "Subject"; })[0].value;
  }
  return { user: input.userEmail, count: ids.length, subject: subject };
};
`;
  const published = await bed.place.run(["publish", bed.place.write("count-mail.js", mailbox)]);
  assert.equal(published.code, 0, published.stderr);
  const result = await run(
    bed.place,
    `module.exports = async function (input) {
  const admin = await __callHostTool__("wrappedkeystore", ["getKey"], ["default", "GAPI_ADMIN_EMAIL"]);
  const listed = await __callHostTool__("wrappedgapi", ["admin", "users", "list"], [{ domain: input.domain, maxResults: 50 }]);
  const results = [];
  for (const user of listed.users) {
    results.push(await __callHostTool__("tasks", ["execute"], ["count-mail", { userEmail: user.primaryEmail, q: "in:inbox" }]));
  }
  const again = await tools.tasks.execute("count-mail", { userEmail: listed.users[0].primaryEmail, q: "in:inbox" });
  return { admin, results, again };
};`,
    { domain: "acme.example" },
  ) as { admin: unknown; results: { user: string; count: number; subject: string | null }[]; again: unknown };
  assert.deepEqual(result.admin, { $secret: "default/GAPI_ADMIN_EMAIL" });
  assert.deepEqual(result.results.map(({ user }) => user), bed.workspace.users().map(({ email }) => email));
  for (const { user, count, subject } of result.results) {
    assert.equal(count, (await bed.truth(user, "in:inbox")).length);
    assert.ok(count > 0 && typeof subject === "string" && subject.length > 0);
  }
  assert.deepEqual(result.again, result.results[0]);
  const runs = JSON.parse((await bed.place.run(["runs", "--nested", "--json"])).stdout);
  assert.equal(runs.length, 6);
});

Deno.test("wrappedsupabase chains keep rows of the task's own between runs", async () => {
  using place = new Place();
  const source = `module.exports = async (input) => {
  const db = tools.wrappedsupabase;
  await db.from("visits").insert([{ n: input.n, who: "a" }, { n: input.n + 1, who: "b" }]);
  await db.from("visits").update({ who: "c" }).eq("n", input.n + 1);
  const { data, error } = await tools.supabase.from("visits").select("n, who").gte("n", 2).order("n", { ascending: false }).limit(3);
  const one = await __callHostTool__("database", ["from", "select", "eq", "single"], [["visits"], ["*"], ["n", 1], []]);
  const none = await db.from("visits").select("*").eq("n", 99).single();
  await db.from("visits").delete().eq("who", "a").eq("n", input.n);
  const left = await db.from("visits").select("n").order("n");
  return { data, error, one: one.data.who, none: none.error.code, left: left.data.map((row) => row.n) };
};`;
  assert.deepEqual(await run(place, source, { n: 1 }), {
    data: [{ n: 2, who: "c" }],
    error: null,
    one: "a",
    none: "PGRST116",
    left: [2],
  });
  const second = await run(place, source.replace('["n", 1], []]', '["n", 2], []]'), { n: 10 }) as { left: number[] };
  assert.deepEqual(second.left, [2, 11]);
  const system = `module.exports = async () => {
  const tries = {};
  for (const table of ["task_runs", "keystore", "main.keystore", "visits; drop table keystore", '"keystore"']) {
    tries[table] = await tools.database.from(table).select("*").then(({ data }) => data, (error) => error.code);
  }
  return tries;
};`;
  const tries = await run(place, system) as Record<string, unknown>;
  for (const [table, seen] of Object.entries(tries)) {
    assert.ok(
      seen === "INVALID_INPUT" || (Array.isArray(seen) && seen.length === 0),
      `${table}: ${JSON.stringify(seen)}`,
    );
  }
});

Deno.test("loops, try/catch/finally, Promise.all, allSettled, race and any behave as in plain JavaScript", async () => {
  using place = new Place();
  const source = `const pause = (ms) => tools.timer.sleep(ms);
async function fail(ms, text) { await pause(ms); throw new TypeError(text); }
async function give(ms, value) { await pause(ms); return value; }
async function* counted(n) { for (let i = 0; i < n; i++) { await pause(1); yield i; } }
module.exports = async () => {
  const order = [];
  let sum = 0;
  for (let i = 0; i < 4; i++) { if (i === 1) continue; await pause(1); sum += i; if (i === 2) break; }
  for await (const n of counted(3)) sum += n;
  label: while (true) { do { await pause(1); break label; } while (true); }
  async function guarded() {
    try { order.push("try"); await fail(1, "no"); }
    catch (error) { order.push(error instanceof TypeError, error.message); return "caught"; }
    finally { await pause(1); order.push("finally"); }
  }
  const caught = await guarded();
  const all = await Promise.all([give(30, "a"), give(1, "b"), 3]);
  const allFails = await Promise.all([give(50, 1), fail(1, "first")]).catch((error) => error.message);
  const settled = (await Promise.allSettled([give(1, 1), fail(1, "x")])).map(({ status }) => status);
  const race = await Promise.race([give(2000, "slow"), give(1, "fast")]);
  const any = await Promise.any([fail(1, "x"), give(20, "won")]);
  const none = await Promise.any([fail(1, "x"), fail(2, "y")]).catch((error) => [error.constructor.name, error.errors.length]);
  const timer = await new Promise((resolve) => { const gone = setTimeout(() => resolve("wrong"), 5); clearTimeout(gone); setTimeout(resolve, 20, "timer"); });
  const refused = await __callHostTool__("nothing", ["at", "all"], []).catch((error) => [error.name, error.code, error instanceof Error]);
  const unknownMethod = await tools.records.shred("x").catch((error) => error.code);
  return { sum, order, caught, all, allFails, settled, race, any, none, timer, refused, unknownMethod };
};`;
  assert.deepEqual(await run(place, source), {
    sum: 5,
    order: ["try", true, "no", "finally"],
    caught: "caught",
    all: ["a", "b", 3],
    allFails: "first",
    settled: ["fulfilled", "rejected"],
    race: "fast",
    any: "won",
    none: ["AggregateError", 2],
    timer: "timer",
    refused: ["TaskerError", "SERVICE_UNKNOWN", true],
    unknownMethod: "METHOD_UNKNOWN",
  });
});

Deno.test("a nested run's failure is caught by the run above it, with its own words", async () => {
  using place = new Place();
  const inner = `module.exports = async () => { await tools.timer.sleep(1); throw new RangeError("inner trouble"); };`;
  assert.equal((await place.run(["publish", place.write("inner.js", inner)])).code, 0);
  const result = await run(
    place,
    `module.exports = async () => {
  const caught = await tools.tasks.execute("inner", {}).catch((error) => error.message);
  const unknown = await __callHostTool__("tasks", "execute", ["nowhere", {}]).catch((error) => error.code);
  return { caught, unknown };
};`,
  ) as { caught: string; unknown: string };
  assert.match(result.caught, /inner trouble/);
  assert.equal(result.unknown, "NOT_FOUND");
});

Deno.test("fetch reaches the hosts that the manifest allows and no other", async () => {
  const abort = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen() {} },
    async (request) =>
      Response.json({ method: request.method, said: await request.text(), header: request.headers.get("x-test") }),
  );
  try {
    using place = new Place();
    const host = `127.0.0.1:${server.addr.port}`;
    const body = `async (input) => {
  const answer = await fetch(input.url, { method: "POST", body: "hello", headers: { "x-test": "1" } });
  return { ok: answer.ok, status: answer.status, body: await answer.json() };
}`;
    addRules(place.db, [{ effect: "allow", service: "http" }]);
    const allowed = `module.exports = ${body};\nmodule.exports.manifest = { services: ["http"], hosts: ["${host}"] };`;
    assert.deepEqual(await run(place, allowed, { url: `http://${host}/x` }), {
      ok: true,
      status: 200,
      body: { method: "POST", said: "hello", header: "1" },
    });
    place.write("legacy.js", `module.exports = ${body};`);
    assert.equal((await place.run(["publish", "legacy.js"])).code, 0);
    const refused = await place.run(["run", "legacy", "--input", `{"url":"http://${host}/x"}`]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /HOST_REFUSED/);
    assert.match(refused.stderr, new RegExp(host));
  } finally {
    abort.abort();
    await server.finished;
  }
});
