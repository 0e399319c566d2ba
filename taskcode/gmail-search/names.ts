/** Names as people give them, in the directory's spelling. */

const ADDRESS = /^[^\s@,;<>"]+@[^\s@,;<>"]+$/;
const DOMAIN = /^[^\s@,;<>"./]+(\.[^\s@,;<>"./]+)+$/;

/** What is asked for by name. Throws INVALID_INPUT for names that cannot be. */
export function readNames(
  input: { domains?: string[]; users?: string[]; orgUnits?: string[]; groups?: string[]; exclude?: string[] },
) {
  const optional = <T>(given: string[] | undefined, read: (given: string[]) => T) =>
    given === undefined ? undefined : read(given);
  return {
    domains: optional(input.domains, (names) => domainNames(names, "--domains")),
    users: optional(input.users, (names) => addresses(names, "--users")),
    orgUnits: optional(input.orgUnits, (names) => unitPaths(names, "--ou")),
    groups: optional(input.groups, (names) => addresses(names, "--group")),
    exclude: addresses(input.exclude ?? [], "--exclude"),
  };
}

/** Addresses: lower case, domains in ASCII, each once. Throws INVALID_INPUT for one that is none. */
export function addresses(given: readonly string[], what: string): string[] {
  return named(given, what, "an address like ann@example.com", (name) => {
    return ADDRESS.test(name) ? comparable(name) : undefined;
  });
}

/** An address, or a domain, as it is compared with others however a server spells it: lower case, the domain in ASCII. */
export function comparable(name: string): string {
  const at = name.lastIndexOf("@") + 1;
  return name.slice(0, at).toLowerCase() + ascii(name.slice(at).toLowerCase());
}

/** Domains: lower case, in ASCII, each once. Throws INVALID_INPUT for one that is none. */
export function domainNames(given: readonly string[], what: string): string[] {
  return named(given, what, "a domain like example.com", (name) => DOMAIN.test(name) ? ascii(name) : undefined);
}

/** Organisational units as paths: `/Sales/East`. Throws INVALID_INPUT for one that is none. */
export function unitPaths(given: readonly string[], what: string): string[] {
  return [
    ...new Set(given.map((name) => {
      const path = name.trim().replace(/(?<=.)\/+$/, "");
      if (path.startsWith("/")) return path;
      throw refused(name, what, "a path like /Sales/East");
    })),
  ];
}

/** The address without what the mailbox's owner may add to it: `ann+news@example.com` reaches ann@example.com. */
export function withoutTag(address: string): string {
  return address.replace(/\+[^@]*(?=@)/, "");
}

function named(
  given: readonly string[],
  what: string,
  example: string,
  read: (name: string) => string | undefined,
): string[] {
  const names = given.map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  return [
    ...new Set(names.map((name) => {
      const known = read(name);
      if (known === undefined) throw refused(name, what, example);
      return known;
    })),
  ];
}

function ascii(domain: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(domain)) return domain;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    // No domain that there can be: it is the same as itself only.
    return domain;
  }
}

function refused(name: string, what: string, example: string): Error {
  return Object.assign(new Error(`${what}: "${name.slice(0, 100)}" is not ${example}`), { code: "INVALID_INPUT" });
}
