import assert from "node:assert/strict";
import { LEGACY_MANIFEST } from "../core/manifest.ts";
import { build, refused } from "./fixture.ts";

const DEFAULTS = {
  description: "",
  input: { type: "object" },
  services: [],
  namespaces: ["default"],
  hosts: [],
  writes: [],
  isolation: "realm",
  revealSecrets: false,
  limits: {},
};

/** Builds a task whose manifest is the text from line 2, column 1 on. */
const file = (manifest: string) => ({ "a.ts": `export default () => 1; export const manifest =\n${manifest};` });
const manifestOf = async (manifest: string) => (await build(file(manifest))).manifest;

Deno.test("a manifest's gaps are filled with the narrowest rights", async () => {
  assert.deepEqual(await manifestOf("{}"), DEFAULTS);
});

Deno.test("a whole manifest is read as it is written, with the canonical names of services", async () => {
  const manifest = await manifestOf(`{
    description: "Finds " + 'things' + \` now\`, "services": ["wrappedgapi", "gapi", 'log',], namespaces: ["default", "team-2"],
    hosts: ["example.com", "*.example.com", "127.0.0.1:8080", "[::1]:80"], writes: ["gmail.users.messages.trash"],
    isolation: "worker", revealSecrets: true, limits: { maxOpenCalls: 10 },
    input: { properties: { a: { type: ["string", "null"], default: -1.5, "x-flag": { name: "query", aliases: ["q", "Q"] } }, b: true },
      required: ["a"] }
  } as const satisfies object`);
  assert.deepEqual(manifest, {
    description: "Finds things now",
    services: ["gapi", "log"],
    namespaces: ["default", "team-2"],
    hosts: ["example.com", "*.example.com", "127.0.0.1:8080", "[::1]:80"],
    writes: ["gmail.users.messages.trash"],
    isolation: "worker",
    revealSecrets: true,
    limits: { maxOpenCalls: 10 },
    input: {
      type: "object",
      properties: {
        a: { type: ["string", "null"], default: -1.5, "x-flag": { name: "query", aliases: ["q", "Q"] } },
        b: true,
      },
      required: ["a"],
    },
  });
});

const places: [string, Record<string, string>][] = [
  ["export const", { "a.js": "export default () => 1;\nexport const manifest = { description: 'x' };" }],
  ["an export list", {
    "a.js": "const manifest = { description: 'x' };\nexport { manifest };\nexport default () => 1;",
  }],
  ["module.exports.manifest", { "a.js": "module.exports = () => 1;\nmodule.exports.manifest = { description: 'x' };" }],
  ["exports.manifest", { "a.js": "exports.default = () => 1;\nexports.manifest = { description: 'x' };" }],
  ["a const of its own", {
    "a.js": "const m = { description: 'x' };\nmodule.exports = () => 1;\nmodule.exports.manifest = m;",
  }],
  ["module.exports itself", { "a.js": "module.exports = { default: () => 1, manifest: { description: 'x' } };" }],
];

for (const [where, files] of places) {
  Deno.test(`a manifest is found in ${where}`, async () => {
    assert.deepEqual((await build(files)).manifest, { ...DEFAULTS, description: "x" });
  });
}

Deno.test("code without a manifest is described by its first JSDoc block and keeps the old rights", async () => {
  const { manifest } = await build({
    "a.js":
      "/* no */\n// no\n/**\n * Searches mail.\n *\n * In every mailbox.\n * @param input no\n */\nmodule.exports = () => 1;\n/** no */",
  });
  assert.deepEqual(manifest, { ...LEGACY_MANIFEST, description: "Searches mail. In every mailbox." });
  assert.equal((await build({ "a.js": "module.exports = () => 1;" })).manifest.description, "");
  const tagged = await build({ "a.js": "/**\n * @description Lists users\n */\nmodule.exports = () => 1;" });
  assert.equal(tagged.manifest.description, "Lists users");
});

const faults: [string, string, string, RegExp][] = [
  ["{ descripton: 'x' }", "2:3", 'the manifest has no "descripton"', /"description"/],
  ["{ zebra: 'x' }", "2:3", 'the manifest has no "zebra"', /Known: description, input/],
  ["{ description: 1 }", "2:16", "the manifest's description is 1, and should be string", /sentence/],
  ["{ services: ['gapy'] }", "2:14", 'there is no service "gapy"', /"gapi"/],
  ["{ services: ['a\\u0000\\\"b'] }", "2:14", 'there is no service "a\\u0000"b"', /Known: gapi/],
  ["{ services: 'gapi' }", "2:13", 'the manifest\'s services is "gapi", and should be a list', /gapi, keystore/],
  [
    "{ hosts: ['https://a.test'] }",
    "2:11",
    'the manifest\'s hosts[0] is "https://a.test", and should be a host',
    /without scheme/,
  ],
  [
    "{ writes: ['trash'] }",
    "2:12",
    'the manifest\'s writes[0] is "trash", and should be a dotted method',
    /gmail\.users/,
  ],
  [
    "{ isolation: 'process' }",
    "2:14",
    'the manifest\'s isolation is "process", and should be ("realm" | "worker")',
    /realm/,
  ],
  [
    "{ limits: { maxOpenCalls: 0 } }",
    "2:27",
    "the manifest's limits.maxOpenCalls is 0, and should be at least 1",
    /whole number/,
  ],
  [
    '{ limits: { rate: "often" } }',
    "2:19",
    'the manifest\'s limits.rate is "often", and should be a count and a period, such as "100/min"',
    /concurrency/,
  ],
  ["{ limits: { maxOpenCals: 1 } }", "2:13", 'the manifest has no "limits.maxOpenCals"', /"maxOpenCalls"/],
  ["{ description: name }", "2:16", "the manifest has a computed value", /without running/],
  ["{ description: `${1}` }", "2:16", "the manifest has a computed value", /without running/],
  ["{ input: { pattern: /x/ } }", "2:21", "the manifest has a computed value", /without running/],
  ["{ input: { ...x } }", "2:12", "the manifest has a computed property", /without running/],
  ["{ ['input']: {} }", "2:3", "the manifest has a computed property", /without running/],
  ["{ input() {} }", "2:3", "the manifest has a computed property", /without running/],
  ["{ get input() { return 1 } }", "2:3", "the manifest has a computed property", /without running/],
  ["{ input: { ['__proto__']: 1 } }", "2:12", "the manifest has a computed property", /without running/],
  ['{ input: { "__proto__": {} } }', "2:12", 'the manifest has a property named "__proto__"', /without running/],
  ["{ hosts: [], hosts: [] }", "2:14", 'the manifest has a second "hosts"', /without running/],
  ["{ hosts: [,] }", "2:10", "the manifest has an array with a hole", /without running/],
  ["{ input: { a: 1e999 } }", "2:15", "the manifest has a number that JSON cannot hold", /without running/],
  ["[]", "2:1", "the manifest is not an object", /Write/],
  ["make()", "2:1", "the manifest has a computed value", /without running/],
  ["{ input: { type: 'array' } }", "2:18", "a task's input is an object", /type: "object"/],
  ["{ input: { properties: [] } }", "2:24", "properties is not an object", /Write/],
  ["{ input: { properties: { a: 1 } } }", "2:29", "a property's schema is not an object", /string/],
  ["{ input: { properties: { a: { type: 'strin' } } } }", "2:37", 'there is no type "strin"', /"string"/],
  ["{ input: { properties: { a: { 'x-flag': 'a' } } } }", "2:41", "x-flag is not an object", /Write/],
  ["{ input: { properties: { a: { 'x-flag': { nam: 'a' } } } } }", "2:43", 'x-flag has no "nam"', /"name"/],
  ["{ input: { properties: { a: { 'x-flag': { name: '-a' } } } } }", "2:49", '"-a" cannot be a flag\'s name', /Write/],
  ["{ input: { properties: { a: { 'x-flag': { aliases: 'a' } } } } }", "2:52", "aliases is not a list", /Write/],
  ["{ input: { properties: { a: { 'x-run': true } } } }", "2:40", "x-run is true", /besides/],
  ["{ input: { properties: { a: { 'x-run': { besides: [1] } } } } }", "2:40", 'x-run is {"besides":[1]}', /besides/],
  [
    "{ input: { properties: { a: { 'x-flag': { aliases: ['b', 1] } } } } }",
    "2:58",
    "1 cannot be a flag's alias",
    /Write/,
  ],
  [
    "{ input: { properties: { a: { 'x-flag': { aliases: ['q'] } }, b: { 'x-flag': { aliases: ['q'] } } } } }",
    "2:90",
    'the flag "q" of "b" is taken by "a"',
    /name of its own/,
  ],
  [
    "{ input: { properties: { maxUsers: {}, b: { 'x-flag': { name: 'max-users' } } } } }",
    "2:63",
    'the flag "max-users" of "b" is taken by "maxUsers"',
    /own/,
  ],
  [
    "{ input: { properties: { 'max-users': {}, maxUsers: true } } }",
    "2:43",
    'the flag "maxUsers" of "maxUsers" is taken by "max-users"',
    /own/,
  ],
  [
    "{ input: { properties: { a: { 'x-flag': { aliases: ['x', 'x'] } } } } }",
    "2:58",
    'the flag "x" of "a" is taken by "a"',
    /own/,
  ],
  ["{ input: { properties: { query: {} }, required: ['qurey'] } }", "2:50", 'properties has no "qurey"', /"query"/],
];

for (const [manifest, at, problem, hint] of faults) {
  Deno.test(`a manifest is refused: ${problem} (${manifest})`, async () => {
    const answer = await refused(file(manifest));
    assert.equal(answer.first, `taskcode/a.ts:${at}: ${problem}`);
    assert.match(answer.hint, hint);
  });
}

Deno.test("a manifest from another file and a second manifest are refused", async () => {
  const other = await refused({
    "a.js": "export default () => 1;\nexport { manifest } from './b.js';",
    "b.js": "export const manifest = {};",
  });
  assert.equal(other.first, "taskcode/a.js:2:10: the manifest has a computed value");
  const twice = await refused({
    "a.js": "module.exports = () => 1;\nexports.manifest = {};\nmodule.exports.manifest = {};",
  });
  assert.equal(twice.first, "taskcode/a.js:3:1: the manifest is given twice");
});
