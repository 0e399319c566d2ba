import assert from "node:assert/strict";
import { askedRoutes, type Group, type Load } from "./asked_routes.ts";
import { command } from "./command.ts";
import type { Context } from "./context.ts";

const context = {} as Context;

const plain = (name: string) => command({ brief: name, flags: {}, load: () => Promise.resolve(() => 0) });

/** Two commands and two groups, and the names of the commands that were loaded. */
function program(): { group: Group; loaded: string[] } {
  const loaded: string[] = [];
  const load = (name: string) => () => {
    loaded.push(name);
    return Promise.resolve(plain(name));
  };
  const group: Group = {
    brief: "a program",
    routes: {
      show: load("show"),
      exportRun: load("exportRun"),
      keys: { brief: "keys", routes: { set: load("keys set"), get: load("keys get") } },
      asks: { brief: "asks", routes: { list: load("asks list"), answer: load("asks answer") }, byDefault: "list" },
    },
  };
  return { group, loaded };
}

/** What is loaded for a command line. */
async function loadedFor(line: string, withHelp = true): Promise<string[]> {
  const { group, loaded } = program();
  const inputs = line === "" ? [] : line.split(" ");
  const asked = await askedRoutes(group, context, { inputs, withHelp });
  assert.deepEqual(asked.inputs, inputs);
  return loaded.sort();
}

Deno.test("a command is loaded when it is named, in either spelling, and no other one", async () => {
  assert.deepEqual(await loadedFor("show last --json"), ["show"]);
  assert.deepEqual(await loadedFor("show --help"), ["show"]);
  assert.deepEqual(await loadedFor("export-run show"), ["exportRun"]);
  assert.deepEqual(await loadedFor("exportRun"), ["exportRun"]);
  assert.deepEqual(await loadedFor("keys set show"), ["keys set"]);
});

Deno.test("the help of a group needs its commands; its names and the version need none", async () => {
  assert.deepEqual(await loadedFor("--help"), ["exportRun", "show"]);
  assert.deepEqual(await loadedFor("keys"), ["keys get", "keys set"]);
  assert.deepEqual(await loadedFor("keys -h"), ["keys get", "keys set"]);
  for (const line of ["--version", "-v", "shwo", "constructor", "keys ste", "keys toString"]) {
    assert.deepEqual(await loadedFor(line), [], line);
  }
  assert.deepEqual(await loadedFor("", false), []);
  assert.deepEqual(await loadedFor("keys", false), []);
});

Deno.test("where no command is named, it is the group's own", async () => {
  assert.deepEqual(await loadedFor("asks"), ["asks list"]);
  assert.deepEqual(await loadedFor("asks f0a4"), ["asks list"]);
  assert.deepEqual(await loadedFor("asks answer"), ["asks answer"]);
});

Deno.test("a command may put its arguments into another order", async () => {
  const turn: Load = (_context, args) => Promise.resolve({ target: plain("turn"), inputs: args.toReversed() });
  const group: Group = { brief: "a program", routes: { turnRound: turn } };
  const { inputs } = await askedRoutes(group, context, { inputs: ["turn-round", "a", "b"], withHelp: true });
  assert.deepEqual(inputs, ["turn-round", "b", "a"]);
});
