import assert from "node:assert/strict";
import { renderHelp } from "./help.ts";

const HELP = [
  "USAGE",
  "  tasker run task [flags]",
  "",
  "Search the mail of everyone in every domain, and say of each",
  "",
  "FLAGS",
  "  -q [--query]                            What to look for; empty finds all mail [also: --text]",
  "     [--include-trash/--no-include-trash]  Look there too",
  "     [--mode]                             How          [fast|slow]",
  "  -h  --help                              Print help",
  "",
].join("\n");

Deno.test("what flags are hangs beside their names, within the width", () => {
  assert.deepEqual(renderHelp(HELP, { width: 40, color: false }).split("\n"), [
    "USAGE",
    "  tasker run task [flags]",
    "",
    "Search the mail of everyone in every",
    "domain, and say of each",
    "",
    "FLAGS",
    "  -q [--query]  What to look for; empty",
    "                finds all mail",
    "                [also: --text]",
    "     [--include-trash/--no-include-trash]",
    "                Look there too",
    "     [--mode]   How [fast|slow]",
    "  -h  --help    Print help",
    "",
  ]);
});

Deno.test("what a task's author wrote cannot steer the terminal", () => {
  assert.equal(renderHelp("Greets\x1b[2J people\x1b]0;x\x07", { width: 80, color: false }), "Greets people");
});

Deno.test("heads and names stand out where colours are on", () => {
  const text = renderHelp(HELP, { width: 100, color: true });
  assert.ok(text.startsWith("\x1b[1mUSAGE\x1b[22m\n"));
  assert.ok(text.includes("\x1b[1m  -h  --help\x1b[22m"));
});
