import type { RealmKit } from "./kit.ts";

/** `console`: every line goes into the run's log and suspends nothing. */
export function installConsole(kit: RealmKit): void {
  type Level = "debug" | "info" | "warn" | "error";
  let indent = "";
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();

  function format(values: readonly unknown[]): string {
    const first = values[0];
    let from = 0;
    let text = "";
    if (typeof first === "string" && first.includes("%")) {
      from = 1;
      text = first.replace(/%([sdifjoOc%])/g, (all, kind: string) => {
        if (kind === "%") return "%";
        if (from >= values.length) return all;
        const value = values[from++];
        if (kind === "c") return "";
        if (kind === "d") return String(typeof value === "bigint" ? value : Number(value));
        if (kind === "i") return String(parseInt(String(value), 10));
        if (kind === "f") return String(parseFloat(String(value)));
        if (kind === "j") return JSON.stringify(value) ?? "undefined";
        return kit.inspect(value);
      });
    }
    for (let i = from; i < values.length; i++) text += (i === 0 ? "" : " ") + kit.inspect(values[i]);
    return indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`);
  }

  const writer = (level: Level) => (...values: unknown[]) => kit.log(level, format(values));
  const elapsed = (label: string) => `${label}: ${kit.now() - (timers.get(label) ?? kit.now())} ms`;
  const group = (...values: unknown[]) => {
    if (values.length > 0) kit.log("info", format(values));
    indent += "  ";
  };
  kit.define("console", {
    log: writer("info"),
    info: writer("info"),
    debug: writer("debug"),
    trace: writer("debug"),
    warn: writer("warn"),
    error: writer("error"),
    dir: (value: unknown) => kit.log("info", format([value])),
    table: (value: unknown) => kit.log("info", format([value])),
    assert(condition?: unknown, ...values: unknown[]) {
      if (!condition) kit.log("error", format(["Assertion failed", ...values]));
    },
    count(label = "default") {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      kit.log("info", format([`${label}: ${counts.get(label)}`]));
    },
    countReset: (label = "default") => void counts.delete(label),
    group,
    groupCollapsed: group,
    groupEnd() {
      indent = indent.slice(2);
    },
    time: (label = "default") => void timers.set(label, kit.now()),
    timeLog: (label = "default", ...values: unknown[]) => kit.log("info", format([elapsed(label), ...values])),
    timeEnd(label = "default") {
      kit.log("info", format([elapsed(label)]));
      timers.delete(label);
    },
  });
}
