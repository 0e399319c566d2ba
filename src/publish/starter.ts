import { authorTypes } from "./embedded.ts";
import { taskNameFromFile } from "./publish.ts";

/** A file to be written beside others. */
export interface StarterFile {
  readonly name: string;
  readonly text: string;
  /** Comes with tasker and holds nothing of the author's: an older one may be replaced. */
  readonly isOurs: boolean;
}

export type Language = "typescript" | "javascript";

/** What a new task begins with: its code, a test of it, and the types. Throws PUBLISH_REFUSED for a name that cannot be. */
export async function starterFiles(name: string, language: Language): Promise<StarterFile[]> {
  const extension = language === "typescript" ? "ts" : "js";
  taskNameFromFile(`${name}.${extension}`);
  return [
    { name: `${name}.${extension}`, text: taskText(name, language), isOurs: false },
    { name: `${name}_test.mjs`, text: testText(name, extension), isOurs: false },
    { name: "tasker.d.ts", text: await authorTypes(), isOurs: true },
  ];
}

/** `count-mail` as the name of a function. */
function functionName(name: string): string {
  const camel = name.replace(/[-_]+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "");
  // As words that mean something to the language already.
  return `${/^\d/.test(camel) ? "_" : ""}${camel}Task`;
}

function taskText(name: string, language: Language): string {
  const typed = language === "typescript";
  return `/// <reference path="./tasker.d.ts" />

${typed ? "" : "/** @type {tasker.Manifest} */\n"}export const manifest${typed ? ": tasker.Manifest" : ""} = {
  description: "Counts the words of a text",
  // Everything that the task may reach: "gapi", "http", "records", "tasks", "database", "keystore", "signals".
  services: ["records"],
  input: {
    type: "object",
    additionalProperties: false,
    required: ["text"],
    properties: {
      text: { type: "string", description: "What is counted", "x-flag": { name: "text", aliases: ["t"] } },
      longest: { type: "integer", minimum: 1, default: 100, description: "Words kept at most" },
    },
  },
};

${
    typed
      ? `interface Input {
  readonly text: string;
  readonly longest: number;
}

`
      : "/** @param {{ text: string, longest: number }} input */\n"
  }export default async function ${functionName(name)}({ text, longest }${typed ? ": Input" : ""}) {
  const words = text.split(/\\s+/).filter((word) => word !== "");
  // Every call is recorded: when the process dies, the next one goes on after the last call that was answered.
  for (const word of words.slice(0, longest)) {
    await tools.records.append("word", { word, letters: word.length });
  }
  return { words: words.length };
}
`;
}

function testText(name: string, extension: string): string {
  return `// node --test ${name}_test.mjs    (or: deno test -A ${name}_test.mjs)
// Asks no service: what services answered is recorded in ${name}.tasker, which belongs to this file and is kept with it.
// It is made when it is not there, by a real run. TASKER names the program when it is not on the path.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const recorded = join(folder, "${name}.tasker");

function tasker(...args) {
  const { stdout, stderr, error } = spawnSync(process.env.TASKER ?? "tasker", args, { cwd: folder, encoding: "utf8" });
  if (error) throw error;
  if (stdout === "") throw new Error(stderr);
  return stdout;
}

// To record anew, because the task asks for more or services answer something else: delete the file, and test.
if (!existsSync(recorded)) {
  const scratch = mkdtempSync(join(tmpdir(), "${name}-"));
  const db = join(scratch, "tasker.db");
  try {
    tasker("publish", "${name}.${extension}", "--db", db);
    tasker("run", "${name}", "--text", "to be or not", "--quiet", "--db", db);
    tasker("export-run", "last", recorded, "--json", "--db", db);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

test("${name} makes the recorded calls, and ends as it did", () => {
  const { same, ...now } = JSON.parse(tasker("test", "${name}", "--code", "${name}.${extension}", "--json", "--db", recorded));
  assert.ok(same, JSON.stringify(now, null, 2));
});

test("${name} counts words, and keeps no more than asked for", () => {
  const events = tasker("dev", "${name}.${extension}", "--text", "to be or not", "--longest", "2", "--json", "--db", recorded)
    .trimEnd().split("\\n").map((line) => JSON.parse(line));
  const calls = events.filter(({ event }) => event === "call").map(({ service, method, args }) => [service, method, ...args]);
  assert.deepEqual(calls, [
    ["records", "append", "word", { word: "to", letters: 2 }],
    ["records", "append", "word", { word: "be", letters: 2 }],
  ]);
  assert.deepEqual(events.at(-1).result, { words: 4 });
});
`;
}
