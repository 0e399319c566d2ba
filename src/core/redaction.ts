import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Names of members that hold secrets, whatever a schema says of them. */
export const SECRET =
  /passw(?:or)?d|passphrase|secret|token|credential|api[-_]?key|private[-_]?key|authorization|cookie/i;
export const REDACTED = "[redacted]";

/**
 * What was asked, without secrets: the value of a member whose schema says `writeOnly` or `format: "password"`, or whose
 * name is that of a secret, is replaced. A reference `{ "$secret": … }` names a secret and is none.
 */
export function redacted(value: Json, schema: Json = {}): Json {
  if (Array.isArray(value)) {
    const items = isJsonObject(schema) && schema.items !== undefined ? schema.items : {};
    return value.map((item) => redacted(item, items));
  }
  if (!isJsonObject(value)) return value;
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const of = Object.hasOwn(properties, name) ? properties[name]! : {};
      return [name, isSecret(name, of) ? REDACTED : redacted(member, of)];
    }),
  );
}

function isSecret(name: string, schema: Json): boolean {
  if (name === "$secret") return false;
  return SECRET.test(name) || (isJsonObject(schema) && (schema.writeOnly === true || schema.format === "password"));
}

/** Members that are longer than `most` characters of JSON, replaced by what `short` makes of them. */
export function shortened(value: JsonObject, most: number, short: (json: string) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const json = JSON.stringify(member);
      return [name, json.length > most ? short(json) : member];
    }),
  );
}
