let loaded: typeof import("node:crypto") | undefined;

/** `node:crypto`. Deno 2.9 takes 45 ms to load it, so it is loaded when it is first needed. */
export function nodeCrypto(): typeof import("node:crypto") {
  // deno-lint-ignore no-process-global -- importing it takes as long
  return loaded ??= process.getBuiltinModule("node:crypto");
}
