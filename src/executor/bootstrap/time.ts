import type { RealmKit } from "./kit.ts";

/** `Date`, `performance` and what `Intl` says of "now": the time of the current delivery, so that replay repeats it. */
export function installTime(kit: RealmKit): void {
  const { apply, construct } = Reflect;
  const RealDate = Date;
  const { defineProperty, getOwnPropertyDescriptor } = Object;

  function TaskDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(kit.now()).toString();
    return construct(RealDate, args.length === 0 ? [kit.now()] : args, new.target);
  }
  const hidden = { writable: true, configurable: true, enumerable: false };
  defineProperty(TaskDate, "name", { value: "Date", configurable: true });
  defineProperty(TaskDate, "length", { value: 7, configurable: true });
  defineProperty(TaskDate, "prototype", { value: RealDate.prototype, writable: false });
  defineProperty(TaskDate, "UTC", { value: RealDate.UTC, ...hidden });
  defineProperty(TaskDate, "parse", { value: RealDate.parse, ...hidden });
  defineProperty(TaskDate, "now", { value: { now: () => kit.now() }.now, ...hidden });
  defineProperty(RealDate.prototype, "constructor", { value: TaskDate, ...hidden });
  kit.define("Date", TaskDate);

  const performance = Object.create(null);
  defineProperty(performance, "now", { value: () => kit.now() - kit.startedAt(), ...hidden });
  defineProperty(performance, "timeOrigin", { get: () => kit.startedAt(), configurable: true });
  kit.define("performance", performance);

  const formats = Intl.DateTimeFormat.prototype;
  const formatOf = getOwnPropertyDescriptor(formats, "format")!.get!;
  const formatToParts = formats.formatToParts;
  defineProperty(formats, "format", {
    configurable: true,
    enumerable: false,
    get(this: Intl.DateTimeFormat) {
      const format = apply(formatOf, this, []);
      return (date?: unknown) => format(date === undefined ? kit.now() : date);
    },
  });
  defineProperty(formats, "formatToParts", {
    value: {
      formatToParts(this: Intl.DateTimeFormat, date?: Date | number) {
        return apply(formatToParts, this, [date === undefined ? kit.now() : date]);
      },
    }.formatToParts,
    ...hidden,
  });
}
