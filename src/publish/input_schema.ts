import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { didYouMean } from "../core/did_you_mean.ts";
import type { Path } from "./literal.ts";
import type { Fault } from "./manifest_shape.ts";

const TYPES = ["string", "number", "integer", "boolean", "array", "object", "null"];
const FLAG_KEYS = ["name", "aliases"];
const FLAG = /^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/;
const FLAG_HINT = 'Write "x-flag": { name: "query", aliases: ["q"] }.';

/** The spelling under which flags are compared: `maxUsers` and `max-users` are one flag. A single letter stays as it is. */
function flagKey(name: string): string {
  return name.length === 1 ? name : name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

function fault(path: Path, problem: string, hint: string, atKey = false): Fault {
  return { path, atKey, problem, hint };
}

/** The names a property can be given by: its own, its flag's, and the aliases, each with where it is written. */
function flagNames(key: string, property: JsonObject, path: Path): { name: string; path: Path }[] {
  const names = [{ name: key, path }];
  const flag = property["x-flag"];
  if (!isJsonObject(flag)) return names;
  if (typeof flag.name === "string" && flagKey(flag.name) !== flagKey(key)) {
    names.push({ name: flag.name, path: [...path, "x-flag", "name"] });
  }
  const aliases = Array.isArray(flag.aliases) ? flag.aliases as readonly Json[] : [];
  aliases.forEach((alias, index) => names.push({ name: String(alias), path: [...path, "x-flag", "aliases", index] }));
  return names;
}

function flagFault(flag: Json, path: Path): Fault | undefined {
  if (!isJsonObject(flag)) return fault(path, "x-flag is not an object", FLAG_HINT);
  const unknown = Object.keys(flag).find((key) => !FLAG_KEYS.includes(key));
  if (unknown !== undefined) {
    return fault([...path, unknown], `x-flag has no "${unknown}"`, didYouMean(unknown, FLAG_KEYS), true);
  }
  const { name, aliases = [] } = flag;
  if (name !== undefined && (typeof name !== "string" || !FLAG.test(name))) {
    return fault([...path, "name"], `${JSON.stringify(name)} cannot be a flag's name`, FLAG_HINT);
  }
  if (!Array.isArray(aliases)) return fault([...path, "aliases"], "aliases is not a list", FLAG_HINT);
  const index = (aliases as readonly Json[]).findIndex((alias) => typeof alias !== "string" || !FLAG.test(alias));
  if (index === -1) return undefined;
  return fault([...path, "aliases", index], `${JSON.stringify(aliases[index])} cannot be a flag's alias`, FLAG_HINT);
}

function propertyFault(property: Json, path: Path): Fault | undefined {
  if (typeof property === "boolean") return undefined;
  if (!isJsonObject(property)) return fault(path, "a property's schema is not an object", 'Write { type: "string" }.');
  const { type } = property;
  const types = type === undefined ? [] : Array.isArray(type) ? type as readonly Json[] : [type];
  const wrong = types.find((name) => typeof name !== "string" || !TYPES.includes(name));
  if (wrong !== undefined) {
    return fault([...path, "type"], `there is no type ${JSON.stringify(wrong)}`, didYouMean(String(wrong), TYPES));
  }
  const namespaces = property["x-namespaces"];
  if (namespaces !== undefined && namespaces !== true) {
    const hint = "Write true, or leave it out.";
    return fault([...path, "x-namespaces"], `x-namespaces is ${JSON.stringify(namespaces)}`, hint);
  }
  const run = property["x-run"];
  const isRun = isJsonObject(run) && Object.keys(run).length === 1 && Array.isArray(run.besides) &&
    (run.besides as readonly Json[]).every((name) => typeof name === "string");
  if (run !== undefined && !isRun) {
    return fault([...path, "x-run"], `x-run is ${JSON.stringify(run)}`, 'Write "x-run": { besides: ["columns"] }.');
  }
  return property["x-flag"] === undefined ? undefined : flagFault(property["x-flag"], [...path, "x-flag"]);
}

/** What is wrong with a manifest's `input`: it must describe an object whose properties have flags that differ. */
export function inputFault(input: JsonObject): Fault | undefined {
  const root: Path = ["input"];
  if (input.type !== undefined && input.type !== "object") {
    return fault([...root, "type"], "a task's input is an object", 'Write input: { type: "object", properties: {…} }.');
  }
  const { properties = {}, required = [] } = input;
  const inProperties: Path = [...root, "properties"];
  if (!isJsonObject(properties)) {
    return fault(inProperties, "properties is not an object", 'Write properties: { query: { type: "string" } }.');
  }
  const taken = new Map<string, string>();
  for (const [key, property] of Object.entries(properties)) {
    const path = [...inProperties, key];
    const wrong = propertyFault(property, path);
    if (wrong !== undefined) return wrong;
    for (const { name, path: at } of isJsonObject(property) ? flagNames(key, property, path) : [{ name: key, path }]) {
      const other = taken.get(flagKey(name));
      if (other !== undefined) {
        const problem = `the flag "${name}" of "${key}" is taken by "${other}"`;
        return fault(at, problem, "Give every flag and alias a name of its own.", at.length === path.length);
      }
      taken.set(flagKey(name), key);
    }
  }
  if (!Array.isArray(required)) {
    return fault([...root, "required"], "required is not a list", 'Write required: ["query"].');
  }
  const names = Object.keys(properties);
  const index = (required as readonly Json[]).findIndex((name) => typeof name !== "string" || !names.includes(name));
  if (index === -1) return undefined;
  const missing = String((required as readonly Json[])[index]);
  return fault([...root, "required", index], `properties has no "${missing}"`, didYouMean(missing, names));
}
