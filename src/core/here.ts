/*
 * Asked once, and by the cheapest of those who know (Deno 2.9): the first `Intl.DateTimeFormat` of a process takes 26 ms, Temporal,
 * which Deno 2.4 does not have, 1 ms, and `Intl.PluralRules` less.
 */
let zone: string | undefined;
let locale: string | undefined;

/** The time zone of this process (IANA): `Europe/Berlin`. */
export function ownTimeZone(): string {
  return zone ??= typeof Temporal === "undefined"
    ? Intl.DateTimeFormat().resolvedOptions().timeZone
    : Temporal.Now.timeZoneId();
}

/** The locale of this process (BCP 47): `de-DE`. */
export function ownLocale(): string {
  return locale ??= new Intl.PluralRules().resolvedOptions().locale;
}
