import { TaskerError } from "../../core/errors.ts";

/** A namespace or the name of an entry. No "/": it stands between the two where an entry is named in one word. */
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

export function isKeystoreName(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name);
}

/** The entry in one word, `namespace/name`; throws INVALID_INPUT when one of the two is no name. */
export function entryName(namespace: unknown, name: unknown): string {
  checkName("namespace", namespace);
  checkName("name", name);
  return `${namespace}/${name}`;
}

export function checkName(what: "namespace" | "name", name: unknown): asserts name is string {
  if (isKeystoreName(name)) return;
  // What was given instead may be the secret itself: it is not repeated.
  throw new TaskerError("INVALID_INPUT", `that is no keystore ${what}`, {
    hint: `a ${what} is 1 to 128 letters, digits, "_", "-" or "."`,
  });
}
