import { canonicalJson, isJsonObject, type Json } from "./json.ts";

/** A place where two values differ: `.users[2].name`, empty for the whole; undefined where one of them has nothing. */
export interface JsonDifference {
  readonly path: string;
  readonly one: Json | undefined;
  readonly other: Json | undefined;
}

/** Where two values differ, in the order of the first one; at most `limit` places. */
export function jsonDifferences(one: Json, other: Json, limit: number): JsonDifference[] {
  const found: JsonDifference[] = [];
  const compare = (one: Json | undefined, other: Json | undefined, path: string): void => {
    if (found.length >= limit || isSame(one, other)) return;
    if (Array.isArray(one) && Array.isArray(other)) {
      for (let i = 0; i < Math.max(one.length, other.length); i++) compare(one[i], other[i], `${path}[${i}]`);
    } else if (isJsonObject(one) && isJsonObject(other)) {
      for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
        compare(memberOf(one, name), memberOf(other, name), `${path}${step(name)}`);
      }
    } else {
      found.push({ path, one, other });
    }
  };
  compare(one, other, "");
  return found;
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && canonicalJson(one) === canonicalJson(other));
}

function memberOf(value: { readonly [name: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function step(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
