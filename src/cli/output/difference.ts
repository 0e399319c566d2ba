import { type JsonDifference, jsonDifferences } from "../../core/json_difference.ts";
import type { Json } from "../../core/json.ts";
import type { CallAt } from "../../engine/call_site.ts";
import type { Difference } from "../../engine/dry_replay.ts";
import type { RunEnding } from "../../engine/run_ending.ts";
import { storedJson } from "../../store/stored_json.ts";
import { taskStack } from "./task_stack.ts";

/** Characters of a call's arguments, of a value, and of the path to it. */
const LONGEST = { args: 160, value: 100, path: 100 } as const;
/** Places of a result that are named. */
const PLACES = 8;

/** What is recorded and what the code does now, below each other. */
export function renderDifference(difference: Difference): string {
  if (difference.type === "end") return renderEndings("recorded", difference.recorded, "now", difference.now);
  const recorded = difference.type === "call"
    ? renderCall(difference.recorded)
    : "the run ended without a further call";
  const now = difference.now === undefined ? "no such call" : renderCall(difference.now);
  return `  recorded  ${recorded}\n  now       ${now}\n`;
}

/** `call 3: gapi.gmail.users.messages.list({…})  at count.js:12:5`. */
export function renderCall({ seq, service, method, args, at }: CallAt): string {
  return `call ${seq}: ${service}.${method}(${short(args.slice(1, -1), LONGEST.args)})${
    at === undefined ? "" : `  at ${at}`
  }`;
}

/** Two ends of a run: what they are, or where two results differ. `names` have the same width. */
export function renderEndings(
  oneName: string,
  one: RunEnding,
  otherName: string,
  other: RunEnding | undefined,
): string {
  if (one.type === "completed" && other?.type === "completed") {
    return renderPlaces("result", jsonDifferences(storedJson(one.json), storedJson(other.json), PLACES + 1));
  }
  const width = Math.max(oneName.length, otherName.length);
  return `  ${oneName.padEnd(width)}  ${renderEnding(one)}\n  ${otherName.padEnd(width)}  ${
    other === undefined ? "does not end" : renderEnding(other)
  }\n`;
}

/** `  result.users[2].name: "ann" → nothing`, a line for each of the first places. */
export function renderPlaces(name: string, places: readonly JsonDifference[]): string {
  const lines = places.slice(0, PLACES).map(({ path, one, other }) =>
    `  ${name}${short(path, LONGEST.path)}: ${value(one)} → ${value(other)}\n`
  );
  return lines.join("") + (places.length > PLACES ? "  … and more\n" : "");
}

export function renderEnding(end: RunEnding): string {
  if (end.type === "completed") return `completed: ${short(end.json, LONGEST.value)}`;
  const { code, message } = end.error;
  const stack = taskStack(end.error)?.split("\n").map((line) => `\n      ${line.trim()}`).join("") ?? "";
  return `failed: ${code}: ${message}${stack}`;
}

export function value(json: Json | undefined): string {
  return json === undefined ? "nothing" : short(JSON.stringify(json), LONGEST.value);
}

export function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
