import assert from "node:assert/strict";
import { readListFiles } from "./list_files.ts";
import { taskFlags } from "./task_flags.ts";

const list = { type: "array", items: { type: "string" } };
const FLAGS = taskFlags(
  { properties: { users: list, numbers: { type: "array", items: { type: "integer" } }, word: { type: "string" } } },
  { names: new Set(), letters: new Set() },
);
const FILES: Record<string, string> = {
  "plain": "a@x.org\r\n\n  b@x.org \n",
  "people.csv": '\ufeffName,E-Mail\n"Ann, of X",a@x.org\n"Bö ""B""",b@x.org\n,\n',
  "german.CSV": "Name;E-Mail\nAnn;a@x.org\n",
  "one.csv": "a@x.org\nb@x.org\n",
  "odd.csv": 'a,b\n"c,d\n',
  "empty": "\n",
};
const read = (users: string[]) =>
  readListFiles({ users }, FLAGS, {
    readFile: (path) => path in FILES ? Promise.resolve(FILES[path]!) : Promise.reject(new Error(`no ${path}`)),
  });

Deno.test("a list is put together from names, lines and columns", async () => {
  const table: [given: string[], users: string[]][] = [
    [["c@x.org", "@plain"], ["c@x.org", "a@x.org", "b@x.org"]],
    [["@people.csv:e-mail"], ["a@x.org", "b@x.org"]],
    [["@people.csv:Name"], ["Ann, of X", 'Bö "B"']],
    [["@german.CSV:E-Mail", "@one.csv"], ["a@x.org", "a@x.org", "b@x.org"]],
  ];
  for (const [given, users] of table) assert.deepEqual(await read(given), { users }, given.join());
});

Deno.test("a list that cannot be read says what to do, and an empty one selects nobody by accident", async () => {
  const table: [given: string[], words: RegExp][] = [
    [["@people.csv"], /people\.csv has 2 columns/],
    [["@people.csv:Mail"], /people\.csv has no column "Mail"/],
    [["@odd.csv:a"], /odd\.csv is no table/],
    [["@empty"], /--users: there is nothing in @empty/],
    [[], /--users: there is nothing in the list/],
    [["@absent"], /no absent/],
  ];
  for (const [given, message] of table) await assert.rejects(read(given), { message }, given.join());
});

Deno.test("only lists of texts are read from files", async () => {
  const input = { numbers: [1, 2], word: "@plain" };
  assert.deepEqual(await readListFiles(input, FLAGS, { readFile: () => Promise.reject(new Error("read")) }), input);
});
