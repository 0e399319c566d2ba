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
// Runs the task on a database of its own. TASKER names the program when it is not on the path.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

test("${name} counts words, and keeps each", () => {
  const scratch = mkdtempSync(join(tmpdir(), "${name}-"));
  const tasker = (...args) =>
    execFileSync(process.env.TASKER ?? "tasker", [...args, "--db", join(scratch, "tasker.db")], { cwd: folder, encoding: "utf8" });
  try {
    tasker("publish", "${name}.${extension}");
    const result = tasker("run", "${name}", "--quiet", "--json", "--text", "to be or not");
    assert.deepEqual(JSON.parse(result), { words: 4 });
    const words = JSON.parse(tasker("records", "last", "--json"));
    assert.deepEqual(words.map(({ word }) => word), ["to", "be", "or", "not"]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
`;
}
