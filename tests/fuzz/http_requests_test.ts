/** Whatever a request says: it gets the answer it is due, or an error with a code, words and a hint. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../src/core/clock.ts";
import { canonicalJson, type Json } from "../../src/core/json.ts";
import { Rig } from "../../src/engine/rig.ts";
import { httpApp } from "../../src/server/http_app.ts";
import { fuzz } from "./seed.ts";

const UTF8_OF = new TextEncoder();
const UTF8 = new TextDecoder("utf-8", { fatal: true });
const TOKEN = "0123456789abcdef";
const PATHS = {
  execute: "/functions/v1/tasks/execute",
  step: "/functions/v1/simple-stack-processor",
  cancel: "/functions/v1/tasks/cancel",
  hold: "/functions/v1/tasks/hold",
  resume: "/functions/v1/tasks/resume",
  discard: "/functions/v1/tasks/discard",
  upgrade: "/functions/v1/tasks/upgrade",
  schedule: "/functions/v1/schedules/add",
  pause: "/functions/v1/schedules/pause",
};
const KEYS = [
  "taskName",
  "task_identifier",
  "input",
  "id",
  "trigger",
  "ids",
  "name",
  "pattern",
  "timeZone",
  "catchUp",
  "__proto__",
  "constructor",
  "toString",
  "",
  "\0",
];
const STATUSES = [200, 201, 202, 400, 401, 403, 404, 409, 413];
const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    n: { type: "integer", minimum: 1, default: 3 },
    s: { type: "string", maxLength: 5 },
    l: { type: "array", items: { type: "string" }, uniqueItems: true },
    constructor: { type: ["string", "null"] },
  },
};

/** A rig with two tasks: one takes anything and gives it back, one has a schema. */
function prepared(): { rig: Rig; ask: (path: string, init: RequestInit) => Promise<Response> } {
  const rig = new Rig();
  rig.publish("free", "module.exports = (input) => input;");
  rig.publish("typed", "module.exports = (input) => input;", { input: SCHEMA });
  rig.takeOver();
  const { signal } = new AbortController();
  const app = httpApp({
    clock: systemClock,
    engine: rig.engine,
    store: rig.store,
    token: TOKEN,
    closing: signal,
    health: () => ({}) as never,
  });
  return {
    rig,
    ask: async (path, init) =>
      await app.request(
        new Request(`http://127.0.0.1:8${path}`, {
          ...init,
          headers: { authorization: `Bearer ${TOKEN}`, ...init.headers as Record<string, string> },
        }),
      ),
  };
}

/** The error of an answer that has one; every answer is one of ours. */
async function checked(response: Response): Promise<{ code: string; message: string } | undefined> {
  const text = await response.text();
  assert.ok(STATUSES.includes(response.status), `${response.status}: ${text}`);
  if (response.status < 300) return undefined;
  assert.ok(text.length < 5_000, `an answer of ${text.length} characters`);
  const { error } = JSON.parse(text);
  for (const part of [error.code, error.message, error.hint]) assert.ok(typeof part === "string" && part !== "", text);
  assert.notEqual(error.code, "INTERNAL");
  assert.doesNotMatch(text, /\bat .*:\d+:\d+|file:\/\/|Error:|undefined|\[object/);
  return error;
}

const anyJson = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }) as fc.Arbitrary<Json>;
const anyText = fc.string({ unit: "binary", maxLength: 40 });
/** Objects whose keys are those that mean something, here or to JavaScript. */
const objects = fc.dictionary(fc.oneof(fc.constantFrom(...KEYS, "n", "s", "l"), anyText), fc.oneof(anyJson, anyText), {
  noNullPrototype: false,
});
const known = fc.constantFrom("free", "free", "free", "free", "typed");
const typed = fc.record({ n: anyJson, s: anyJson, l: anyJson, constructor: anyJson }, { requiredKeys: [] });
/** Bodies that are, or nearly are, what is asked for. */
const bodies = fc.oneof(
  { weight: 6, arbitrary: fc.record({ taskName: known, input: objects }) },
  { weight: 2, arbitrary: fc.record({ task_identifier: known, input: fc.oneof(objects, typed, anyJson) }) },
  { weight: 1, arbitrary: fc.record({ taskName: anyJson, input: anyJson }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: objects },
  { weight: 1, arbitrary: anyJson },
);

/** JSON text with the damage that texts meet: cut off, doubled, broken inside, doubly keyed, nested without end. */
const texts = fc.tuple(
  bodies,
  fc.constantFrom("whole", "whole", "whole", "cut", "inside", "twice", "deep", "bom", "spaces", "bytes"),
  fc.nat(),
)
  .map(([body, how, at]) => {
    const text = JSON.stringify(body) ?? "";
    const place = at % (text.length + 1);
    switch (how) {
      case "cut":
        return text.slice(0, place);
      case "inside":
        return `${text.slice(0, place)}\u0001"}]${text.slice(place)}`;
      case "twice":
        return text + text;
      case "deep":
        return `{"taskName":"free","input":{"a":${"[".repeat(at % 100_000)}${"]".repeat(at % 100_000)}}}`;
      case "bom":
        return `\ufeff${text}`;
      case "bytes":
        // What no text in UTF-8 has, at the end of the last string.
        return UTF8_OF.encode(text.replace(/"(?=[^"]*$)/, '\u0000"')).map((byte) => byte === 0 ? 0xff : byte);
      case "spaces":
        return `${" ".repeat(at % 2_000_000)}${text}`;
      default:
        return text;
    }
  });
const rawBodies: fc.Arbitrary<BodyInit> = fc.oneof(
  { weight: 4, arbitrary: texts },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array(bytes)) },
);
const types = fc.constantFrom(
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "",
);

fuzz("any body gets an answer, and what is taken is what the run gets", async (seeded) => {
  const { rig, ask } = prepared();
  await using _rig = rig;
  const broken = rig.engine.failed.then((error) => Promise.reject(error));
  await rig.run("free");
  let taken = 0;
  const property = fc.asyncProperty(
    fc.constantFrom(PATHS.execute, PATHS.execute, PATHS.execute, ...Object.values(PATHS)),
    rawBodies,
    types,
    async (path, body, type) => {
      const response = await ask(path, {
        method: "POST",
        body,
        headers: { "content-type": type, "content-encoding": "gzip" },
      });
      const copy = response.clone();
      if (await checked(response) !== undefined || path !== PATHS.execute) return;
      taken++;
      const { taskRunId } = await copy.json();
      const given = JSON.parse(UTF8.decode(await new Response(body).bytes()));
      const row = await Promise.race([rig.ended(taskRunId), broken]);
      const defaults = row.taskName === "typed" ? { n: 3 } : {};
      const input = given.input ?? {};
      assert.equal(row.result, row.input);
      // As text: Deno 2.4's `deepEqual` finds no two objects equal that have a member called "constructor".
      const expected = JSON.parse(JSON.stringify({ ...defaults, ...input }));
      assert.equal(canonicalJson(JSON.parse(row.input)), canonicalJson(expected));
      assert.equal(row.taskName, given.taskName ?? given.task_identifier);
    },
  );
  await fc.assert(property, seeded(400));
  assert.ok(taken > 15, `only ${taken} were taken`);
});

const names = fc.constantFrom("id", "name", "after", "x", "__proto__");
const values = fc.oneof(
  anyText,
  fc.constantFrom("free", "%00", "%ff", "1e999", "-1", "..%2f", "constructor", "\ud800"),
);
const targets = fc.oneof(
  fc.tuple(fc.constantFrom("status", "logs", "list", "schema", "events", "execute", "nothing"), names, values).map(
    ([path, name, value]) =>
      `/functions/v1/tasks/${path}?${name}=${value.includes("%") ? value : encodeURIComponent(value.toWellFormed())}`,
  ),
  fc.webPath().map((path) => path === "" ? "/" : path),
  fc.constantFrom("/%ff%00", "//", "/functions/v1/tasks/../tasks/list", "/health?x=1"),
);
const methods = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND");

fuzz("any method, path and query gets an answer", async (seeded) => {
  const { rig, ask } = prepared();
  await using _rig = rig;
  const property = fc.asyncProperty(methods, targets, async (method, target) => {
    const response = await ask(target, { method });
    if (method === "HEAD") assert.ok(STATUSES.includes(response.status));
    else await checked(response);
  });
  await fc.assert(property, seeded(400));
});

const evil = [
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost:1x",
  "[::1",
  "0.0.0.0",
  "",
  "user@localhost",
  "LOCALHOST.",
  "xn--localhost",
];
const strangers = fc.oneof(
  fc.record({ host: fc.constantFrom(...evil) }),
  fc.record({
    origin: fc.constantFrom(
      ...evil,
      "null",
      ...evil.map((host) => `https://${host}`),
      "http://localhost@evil.example",
      "file://",
    ),
  }),
  fc.record({
    authorization: fc.oneof(
      fc.constantFrom(
        "",
        "Bearer",
        "Bearer ",
        `bearer ${TOKEN}`,
        `Basic ${TOKEN}`,
        `Bearer ${TOKEN}0`,
        `Bearer ${TOKEN.slice(1)}`,
        `Bearer  ${TOKEN}`,
      ),
      fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, "?")),
    ),
  }),
);

fuzz("a stranger gets nothing, whatever is asked for", async (seeded) => {
  const { rig, ask } = prepared();
  await using _rig = rig;
  const property = fc.asyncProperty(
    strangers,
    methods,
    fc.constantFrom("/health", "/nothing", ...Object.values(PATHS)),
    async (headers, method, path) => {
      const hasBody = !["GET", "HEAD"].includes(method);
      const response = await ask(path, { method, headers, ...(hasBody ? { body: '{"taskName":"free"}' } : {}) });
      assert.ok([401, 403].includes(response.status), JSON.stringify([headers, response.status]));
      if (method !== "HEAD") await checked(response);
    },
  );
  await fc.assert(property, seeded(300));
  assert.deepEqual(rig.store.taskRuns.newest({ limit: 1 }), []);
});
