let loaded: typeof import("node:crypto") | undefined;

/** `node:crypto`. To load it is a sixth of what an owner's start costs on Deno 2.9, so whoever needs it gets it here. */
export function nodeCrypto(): typeof import("node:crypto") {
  // deno-lint-ignore no-process-global -- importing it takes as long
  return loaded ??= process.getBuiltinModule("node:crypto");
}
