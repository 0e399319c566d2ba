import assert from "node:assert/strict";

Deno.test("time zone and locale are those that Intl formats with", async () => {
  const module = new URL("./here.ts", import.meta.url).href;
  const script = `const { ownTimeZone, ownLocale } = await import("${module}");
    const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
    console.log(JSON.stringify([ownTimeZone() === timeZone, ownLocale() === locale, timeZone, locale]));`;
  for (const [TZ, LANG] of [["Europe/Berlin", "de_DE.UTF-8"], ["America/St_Johns", "en_CA"], ["UTC", "C"], ["", ""]]) {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", script],
      env: { TZ: TZ!, LANG: LANG!, NO_COLOR: "1" },
    }).output();
    const [isZone, isLocale, ...intl] = JSON.parse(
      new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr),
    );
    assert.ok(isZone && isLocale, `${TZ} ${LANG}: Intl says ${intl}`);
  }
});
