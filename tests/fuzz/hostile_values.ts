import fc from "fast-check";

/** A recipe (JSON) for a value that no JSON can bring into a realm; `BUILDER` makes it there. */
export type Recipe = readonly [kind: string, ...rest: readonly unknown[]];

/** Source of a function that makes a value of its recipe, the same in a realm and outside. */
export const BUILDER = `function make([kind, a, b]) {
  switch (kind) {
    case "json": return a;
    case "undefined": return undefined;
    case "number": return { NaN, Infinity, "-Infinity": -Infinity, "-0": -0, max: Number.MAX_VALUE, big: 2 ** 60 }[a];
    case "bigint": return 1n;
    case "symbol": return Symbol("s");
    case "function": return function f() {};
    case "text": return a.repeat(b);
    case "date": return new Date(a);
    case "map": return new Map([[1, make(a)]]);
    case "set": return new Set([1]);
    case "regexp": return /x/g;
    case "bytes": return new Uint8Array(a);
    case "view": return new DataView(new ArrayBuffer(8));
    case "boxed": return Object(make(a));
    case "error": return Object.assign(new TypeError(a), { extra: make(b) });
    case "list": return a.map(make);
    case "sparse": { const list = []; list.length = a; list[0] = 1; return list; }
    case "object": { const made = {}; for (const [key, value] of a) define(made, key, { value: make(value), enumerable: true, configurable: true, writable: true }); return made; }
    case "bare": return Object.assign(Object.create(null), { x: make(a) });
    case "deep": { let value = make(b); for (let i = 0; i < a; i++) value = i % 2 ? [value] : { value }; return value; }
    case "circle": { const made = [make(a)]; made.push({ made }); return made; }
    case "twice": { const value = make(a); return [value, value, { value }]; }
    case "frozen": return Object.freeze([make(a)]);
    case "getter": return define({}, "x", { enumerable: true, get() { throw make(a); } });
    case "reader": return define({}, "x", { enumerable: true, get: () => make(a) });
    case "toJSON": return { toJSON() { throw make(a); } };
    case "lies": return { toJSON: () => make(a), hidden: make(b) };
    case "endless": { const again = () => ({ toJSON: () => [again()] }); return again(); }
    case "proxy": return new Proxy({}, Object.fromEntries(a.map((trap) => [trap, () => { throw make(b); }])));
    case "list proxy": return new Proxy([1, 2, 3], {});
    case "revoked": { const { proxy, revoke } = Proxy.revocable(a ? function () {} : {}, {}); revoke(); return proxy; }
    case "class": return new (class Odd { #hidden = 1; shown = make(a); get computed() { return 2; } })();
    case "promise": return Promise.resolve(1);
    case "thenable": return { then: make(a) };
  }
}
function define(target, key, property) { return Object.defineProperty(target, key, property); }`;

const KEYS = [
  "a",
  "",
  "__proto__",
  "constructor",
  "toString",
  "toJSON",
  "then",
  "length",
  "0",
  "\0",
  "\ud800",
  "é\u2028",
  "name",
  "message",
  "stack",
  "code",
];
const TEXTS = ["x", "\0", "\ud800", "\udfff\ud800", "\u2028", "\\", '"', "</script>", "\u001b[2J", "é", "😀"];
const TRAPS = ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor", "set", "defineProperty"];

const plain: fc.Arbitrary<Recipe> = fc.oneof(
  fc.tuple(fc.constant("json"), fc.jsonValue({ maxDepth: 2 })),
  fc.constantFrom(
    ...["undefined", "bigint", "symbol", "function", "set", "regexp", "view", "promise", "list proxy", "endless"].map((
      kind,
    ) => [kind] as const),
  ),
  fc.tuple(fc.constant("number"), fc.constantFrom("NaN", "Infinity", "-Infinity", "-0", "max", "big")),
  fc.tuple(fc.constant("text"), fc.constantFrom(...TEXTS), fc.constantFrom(0, 1, 5, 3000)),
  fc.tuple(fc.constant("date"), fc.constantFrom(0, 8.64e15, 9e15)),
  fc.tuple(fc.constant("bytes"), fc.constantFrom(0, 3, 1000)),
  fc.tuple(fc.constant("sparse"), fc.constantFrom(0, 10, 20_000)),
  fc.tuple(fc.constant("revoked"), fc.boolean()),
);

export const recipes: fc.Arbitrary<Recipe> = fc.letrec<{ any: Recipe }>((tie) => {
  const any = tie("any");
  const kind = (...kinds: string[]) => fc.constantFrom(...kinds);
  return {
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      plain,
      fc.tuple(
        kind("map", "bare", "circle", "twice", "frozen", "getter", "reader", "toJSON", "class", "thenable"),
        any,
      ),
      fc.tuple(kind("boxed"), plain.filter(([kind, value]) => kind === "json" && typeof value !== "object")),
      fc.tuple(kind("error"), fc.constantFrom(...TEXTS), any),
      fc.tuple(kind("list"), fc.array(any, { maxLength: 3 })),
      fc.tuple(kind("object"), fc.array(fc.tuple(fc.constantFrom(...KEYS), any), { maxLength: 4 })),
      fc.tuple(kind("deep"), fc.constantFrom(3, 900, 5_000), any),
      fc.tuple(kind("lies"), any, any),
      fc.tuple(kind("proxy"), fc.subarray(TRAPS, { minLength: 1 }), any),
    ),
  };
}).any;

/** What JSON makes of a recipe's value by itself, outside of any realm; `lost` when JSON leaves parts out or has no end. */
export function plainJson(recipe: Recipe): { text: string } | "lost" {
  let lost = false;
  try {
    const text = JSON.stringify(build(recipe), (_key, part) => {
      lost ||= ["bigint", "symbol", "function"].includes(typeof part);
      return part;
    });
    return lost ? "lost" : { text: text ?? "null" };
  } catch {
    return "lost";
  }
}

export const build = new Function(`${BUILDER}; return make;`)() as (recipe: Recipe) => unknown;
