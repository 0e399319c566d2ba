import type { RealmKit } from "./kit.ts";

/** `structuredClone` of everything ECMAScript has; buffers named in `transfer` are moved. */
export function installStructuredClone(kit: RealmKit): void {
  const errorNames = ["EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

  function refuse(what: string): Error {
    const Exception =
      (globalThis as unknown as { DOMException: new (message: string, name: string) => Error }).DOMException;
    return new Exception(`${what} cannot be cloned`, "DataCloneError");
  }

  function cloneError(source: Error): Error {
    const name = errorNames.includes(source.name) ? source.name : "Error";
    const Constructor = (globalThis as unknown as Record<string, ErrorConstructor>)[name]!;
    const made = new Constructor(source.message);
    Object.defineProperty(made, "stack", {
      value: source.stack,
      writable: true,
      configurable: true,
      enumerable: false,
    });
    return made;
  }

  function clone(source: unknown, seen: Map<unknown, unknown>): unknown {
    if (typeof source === "symbol") throw refuse("a symbol");
    if (typeof source === "function") throw refuse(`function ${source.name || "(anonymous)"}`);
    if (typeof source !== "object" || source === null) return source;
    if (seen.has(source)) return seen.get(source);
    const remember = <T>(made: T): T => {
      seen.set(source, made);
      return made;
    };
    if (source instanceof Date) return remember(new Date(source.getTime()));
    if (source instanceof RegExp) return remember(new RegExp(source.source, source.flags));
    if (source instanceof ArrayBuffer) return remember(source.slice(0));
    if (ArrayBuffer.isView(source)) {
      const buffer = clone(source.buffer, seen) as ArrayBuffer;
      const tag = source instanceof DataView ? "DataView" : String((source as Uint8Array)[Symbol.toStringTag]);
      const View =
        (globalThis as unknown as Record<string, new (b: ArrayBuffer, o: number, l: number) => unknown>)[tag]!;
      const length = source instanceof DataView ? source.byteLength : (source as Uint8Array).length;
      return remember(new View(buffer, source.byteOffset, length));
    }
    if (source instanceof Boolean || source instanceof Number || source instanceof String) {
      return remember(Object(source.valueOf()));
    }
    if (source instanceof Map) {
      const made = remember(new Map());
      for (const [key, value] of [...source]) made.set(clone(key, seen), clone(value, seen));
      return made;
    }
    if (source instanceof Set) {
      const made = remember(new Set());
      for (const value of [...source]) made.add(clone(value, seen));
      return made;
    }
    if (source instanceof Error) return remember(cloneError(source));
    if (source instanceof Promise || source instanceof WeakMap || source instanceof WeakSet) {
      throw refuse(Object.prototype.toString.call(source));
    }
    const made: Record<string, unknown> = remember(Array.isArray(source) ? new Array(source.length) as never : {});
    for (const key of Object.keys(source)) {
      const value = clone((source as Record<string, unknown>)[key], seen);
      Object.defineProperty(made, key, { value, writable: true, configurable: true, enumerable: true });
    }
    return made;
  }

  kit.define("structuredClone", function structuredClone(value: unknown, options?: { transfer?: unknown[] }): unknown {
    const seen = new Map<unknown, unknown>();
    for (const moved of options?.transfer ?? []) {
      if (!(moved instanceof ArrayBuffer)) throw refuse("what is transferred");
      seen.set(moved, moved.transfer());
    }
    return clone(value, seen);
  });
}
