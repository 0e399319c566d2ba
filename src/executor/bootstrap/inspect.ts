/** Makes the function that shows a value as people read it in a log. Never throws; depth, length and size are bounded. */
export function createInspect(): (value: unknown) => string {
  const most = 100;
  const deepest = 4;
  const budget = 32_768;
  const { apply, getPrototypeOf, ownKeys } = Reflect;
  const { getOwnPropertyDescriptor } = Object;
  const quote = JSON.stringify;
  const tagOf = Object.prototype.toString;
  let left = budget;

  function name(value: object): string {
    const prototype = getPrototypeOf(value);
    if (prototype === null) return "[null prototype]";
    const constructor = getOwnPropertyDescriptor(prototype, "constructor")?.value;
    return typeof constructor === "function" && typeof constructor.name === "string" ? constructor.name : "Object";
  }

  function list(open: string, items: string[], close: string): string {
    if (items.length === 0) return open + close;
    const flat = `${open} ${items.join(", ")} ${close}`;
    if (flat.length <= 100 && !flat.includes("\n")) return flat;
    return `${open}\n  ${items.join(",\n").replaceAll("\n", "\n  ")}\n${close}`;
  }

  function entries(value: object, keys: (string | symbol)[], depth: number, seen: object[]): string[] {
    const shown: string[] = [];
    for (const key of keys) {
      const property = getOwnPropertyDescriptor(value, key);
      if (property === undefined || !property.enumerable) continue;
      if (shown.length === most) {
        shown.push("…");
        break;
      }
      const label = typeof key === "symbol" ? `[${String(key)}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
      shown.push(`${label}: ${"value" in property ? show(property.value, depth + 1, seen) : "[getter]"}`);
    }
    return shown;
  }

  function showObject(value: object, depth: number, seen: object[]): string {
    if (seen.includes(value)) return "[circular]";
    const path = [...seen, value];
    if (value instanceof Error) {
      const extra = entries(value, ownKeys(value), depth, path);
      const head = typeof value.stack === "string" && value.stack !== ""
        ? value.stack
        : `${value.name}: ${value.message}`;
      return extra.length === 0 ? head : `${head} ${list("{", extra, "}")}`;
    }
    const tag = apply(tagOf, value, []).slice(8, -1);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (depth > deepest) return Array.isArray(value) ? "[array]" : `[${name(value)}]`;
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && tag !== "DataView")) {
      const items = value as unknown as ArrayLike<unknown>;
      const shown: string[] = [];
      for (let i = 0; i < items.length && i < most; i++) shown.push(show(items[i], depth + 1, path));
      if (items.length > most) shown.push(`… ${items.length - most} more`);
      return (Array.isArray(value) ? "" : `${name(value)}(${items.length}) `) + list("[", shown, "]");
    }
    if (value instanceof Map) {
      const shown = [...value].slice(0, most).map(([k, v]) =>
        `${show(k, depth + 1, path)} => ${show(v, depth + 1, path)}`
      );
      return `Map(${value.size}) ${list("{", shown, "}")}`;
    }
    if (value instanceof Set) {
      const shown = [...value].slice(0, most).map((item) => show(item, depth + 1, path));
      return `Set(${value.size}) ${list("{", shown, "}")}`;
    }
    if (value instanceof Promise) return "Promise {}";
    const kind = name(value);
    return (kind === "Object" ? "" : `${kind} `) + list("{", entries(value, ownKeys(value), depth, path), "}");
  }

  function show(value: unknown, depth: number, seen: object[]): string {
    if (left <= 0) return "…";
    let text: string;
    if (typeof value === "string") text = depth === 0 ? value : quote(value);
    else if (typeof value === "bigint") text = `${value}n`;
    else if (typeof value === "function") text = `[function ${value.name || "(anonymous)"}]`;
    else if (typeof value === "object" && value !== null) text = showObject(value, depth, seen);
    else text = Object.is(value, -0) ? "-0" : String(value);
    left -= text.length;
    return text;
  }

  return (value) => {
    left = budget;
    try {
      return show(value, 0, []);
    } catch {
      // A proxy or a patched built-in threw while it was looked at: showing a value must not end the run.
      return "[a value that cannot be shown]";
    }
  };
}
