/** The `fields` parameter: `users(primaryEmail,name/fullName),nextPageToken` leaves out everything else of an answer. */

/** What to keep: `true` the whole value, else only these members (`*` names any). */
export type FieldMask = true | { readonly [name: string]: FieldMask };

type Draft = { [name: string]: true | Draft };

const NAME = /[A-Za-z0-9_@$*-]+/y;

/** Parses a mask; undefined when its syntax is wrong. */
export function parseFieldMask(text: string): FieldMask | undefined {
  let at = 0;

  function name(): string | undefined {
    NAME.lastIndex = at;
    const found = NAME.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }

  function list(into: Draft): boolean {
    while (true) {
      if (!path(into)) return false;
      if (text[at] !== ",") return true;
      at++;
    }
  }

  function path(into: Draft): boolean {
    const key = name();
    if (key === undefined) return false;
    if (text[at] !== "/" && text[at] !== "(") {
      into[key] = true;
      return true;
    }
    const opened = text[at] === "(";
    at++;
    const present = Object.hasOwn(into, key) ? into[key] : undefined;
    // A member asked for as a whole stays whole, whatever else is said of it.
    const inner: Draft = typeof present === "object" ? present : Object.create(null);
    if (present !== true) into[key] = inner;
    if (!opened) return path(inner);
    if (!list(inner) || text[at] !== ")") return false;
    at++;
    return true;
  }

  const mask: Draft = Object.create(null);
  return list(mask) && at === text.length ? mask : undefined;
}

/** The part of a JSON value that the mask keeps. Arrays are looked through. */
export function applyFieldMask(mask: FieldMask, value: unknown): unknown {
  if (mask === true || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => applyFieldMask(mask, item));
  const kept: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const inner = mask[key] ?? mask["*"];
    if (inner !== undefined) kept[key] = applyFieldMask(inner, member);
  }
  return kept;
}

/** The members of a resource; `true` for a member without members, a thunk where a resource holds itself. */
export type Shape = { readonly [name: string]: true | Shape | (() => Shape) };

/** The first name in a mask that the resource does not have, as Google refuses it. */
export function unknownField(mask: FieldMask, shape: Shape): string | undefined {
  if (mask === true) return undefined;
  for (const [key, inner] of Object.entries(mask)) {
    if (key === "*") continue;
    const member = Object.hasOwn(shape, key) ? shape[key]! : undefined;
    if (member === undefined) return key;
    if (inner === true) continue;
    if (member === true) return Object.keys(inner)[0];
    const found = unknownField(inner, typeof member === "function" ? member() : member);
    if (found !== undefined) return found;
  }
  return undefined;
}
