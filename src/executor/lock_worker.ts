import vm from "node:vm";

/** Not of ECMAScript, and still needed by the Worker's own life after start-up. */
const KEPT = ["self", "onmessage", "onerror"];

const FUNCTION_PROTOTYPES: object[] = [
  Function.prototype,
  Object.getPrototypeOf(async function () {}),
  Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf(async function* () {}),
];

/** Built-in objects that no global names but that values lead to. */
const NAMELESS: object[] = [
  Object.getPrototypeOf(Uint8Array),
  ...[[].values(), new Map().values(), new Set().values(), ""[Symbol.iterator](), "".matchAll(/x/g)]
    .map((iterator) => Object.getPrototypeOf(iterator)),
  Object.getPrototypeOf((function* () {})()),
  Object.getPrototypeOf((async function* () {})()),
];

/**
 * A second wall. No object of the Worker's own realm is ever given to task code; should one leak all the same (on Deno
 * 2.4 the error of a refused `import()` is one), it leads nowhere: function constructors are inert, the built-in objects
 * of ECMAScript are frozen with all they lead to, and the globals that reach out of the Worker are gone. To be called
 * once, when everything has been loaded and captured.
 */
export function lockWorker(): void {
  const inert = Object.freeze(function () {
    throw new EvalError("code generation is refused");
  });
  for (const prototype of FUNCTION_PROTOTYPES) {
    Object.defineProperty(prototype, "constructor", { value: inert, writable: false, configurable: false });
  }
  const language: string[] = vm.runInNewContext("Object.getOwnPropertyNames(globalThis)");
  const kept = new Set([...language, ...KEPT]);
  for (const name of ["WebAssembly", "console"]) kept.delete(name);
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    if (!kept.has(name) && property?.configurable) delete globals[name];
  }
  const named = language.filter((name) => name !== "globalThis" && kept.has(name)).map((name) => globals[name]);
  freezeAll([...named, ...FUNCTION_PROTOTYPES, ...NAMELESS]);
}

/** Freezes objects and everything reachable from them. */
function freezeAll(roots: readonly unknown[]): void {
  const seen = new Set<unknown>([globalThis]);
  const waiting = [...roots];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    Object.freeze(value);
    waiting.push(Object.getPrototypeOf(value));
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key)!;
      waiting.push(property.value, property.get, property.set);
    }
  }
}
