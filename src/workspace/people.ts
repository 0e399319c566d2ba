import { Dice } from "./dice.ts";

/** The people of a domain: who works there, where, and in what state their accounts are. */

/** A user of the local Workspace's directory. */
export interface DirectoryUser {
  /** 21 digits, as Google's. */
  readonly id: string;
  /** Primary address, lower case. */
  email: string;
  readonly domain: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly orgUnitPath: string;
  /** Further addresses that reach the same mailbox. */
  aliases: readonly string[];
  /** Counts the domain's users from 0; the administrator is 0. */
  readonly position: number;
  readonly isAdmin: boolean;
  /** ms. */
  readonly created: number;
  suspended: boolean;
  archived: boolean;
  isMailboxSetup: boolean;
  deleted: boolean;
}

export interface PeopleParams {
  seed: number;
  domain: string;
  count: number;
  /** ms: accounts were made before. */
  now: number;
  /** Shares between 0 and 1. Undefined: 2 %, and at least one of each from ten users on. */
  suspendedShare?: number | undefined;
  archivedShare?: number | undefined;
  noMailboxShare?: number | undefined;
}

const GIVEN = ("Alice Amir Ana Anders Beatrix Ben Carla Chen Clara Daniel Deepa Diego Elena Emil Erin Fatima Felix " +
  "Grace Hana Hugo Ines Ivan Jana Joon Julia Karim Kate Lars Leila Liam Lucia Mara Mateo Mei Nadia Noah Olga Omar " +
  "Paula Priya Rafael Rosa Samir Sara Sofia Tariq Tess Tomas Uma Vera Victor Wei Yara Yusuf Zoe").split(" ");

const FAMILY =
  ("Abbott Andersen Baker Becker Bianchi Carter Castillo Cohen Costa Dubois Ekström Farrell Fischer Garcia " +
    "Gupta Haddad Hansen Ibrahim Ivanova Jensen Kaya Keller Khan Kim Kowalski Larsen Leclerc Lindgren Lopez Marino " +
    "Meyer Mori Murphy Nakamura Novak Okafor Olsen Patel Petrov Quinn Ramos Reed Rossi Santos Sato Schmidt Silva " +
    "Stone Suzuki Tanaka Torres Usman Vargas Vogel Walsh Weber Wong Yilmaz Zhang").split(" ");

const UNITS = ["/Sales", "/Engineering", "/Finance", "/Support", "/Operations", "/People", "/Legal"];

/** The part of an address that a name makes: lower case ASCII letters. */
function mailName(name: string): string {
  return name.normalize("NFD").replace(/[^A-Za-z]/g, "").toLowerCase();
}

function shareOf(share: number | undefined, count: number): number {
  if (share !== undefined) return Math.round(share * count);
  return count >= 10 ? Math.max(1, Math.round(count * 0.02)) : 0;
}

/** Puts the domain's special accounts at scattered positions, never on the administrator nor twice on one user. */
function markStates(people: DirectoryUser[], params: PeopleParams): void {
  const dice = new Dice(params.seed, params.domain, "states");
  const free = people.slice(1);
  function some(share: number | undefined, mark: (user: DirectoryUser) => void): void {
    for (let left = Math.min(shareOf(share, params.count), free.length); left > 0; left--) {
      mark(free.splice(dice.between(0, free.length), 1)[0]!);
    }
  }
  some(params.suspendedShare, (user) => user.suspended = true);
  some(params.archivedShare, (user) => user.archived = true);
  some(params.noMailboxShare, (user) => user.isMailboxSetup = false);
}

/** The users of one generated domain, the administrator first. */
export function generatePeople(params: PeopleParams): DirectoryUser[] {
  const { seed, domain, count } = params;
  const dice = new Dice(seed, domain, "people");
  const taken = new Set<string>(["admin"]);
  const people: DirectoryUser[] = [];
  for (let position = 0; position < count; position++) {
    const givenName = dice.pick(GIVEN);
    const familyName = dice.pick(FAMILY);
    const plain = `${mailName(givenName)}.${mailName(familyName)}`;
    let local = position === 0 ? "admin" : plain;
    for (let suffix = 2; position > 0 && taken.has(local); suffix++) local = `${plain}${suffix}`;
    taken.add(local);
    const created = params.now - dice.between(30, 2000) * 86_400_000 - dice.between(0, 86_400) * 1000;
    people.push({
      id: `1${dice.between(10_000_000, 100_000_000)}${dice.between(10_000_000, 100_000_000)}${
        1000 + (position % 9000)
      }`,
      email: `${local}@${domain}`,
      domain,
      givenName,
      familyName,
      orgUnitPath: position === 0 ? "/" : dice.pick(UNITS),
      aliases: position > 0 && dice.chance(0.1) ? [`${local.replace(".", "_")}@${domain}`] : [],
      position,
      isAdmin: position === 0,
      created,
      suspended: false,
      archived: false,
      isMailboxSetup: true,
      deleted: false,
    });
  }
  markStates(people, params);
  return people;
}

/** A user who came with real mail: named after the address. */
export function personOfAddress(address: string, position: number, now: number): DirectoryUser {
  const [local = "", domain = ""] = address.toLowerCase().split("@");
  const words = local.split(/[._-]+/).filter((word) => word !== "");
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const dice = new Dice(address, "id");
  return {
    id: `1${dice.between(10_000_000, 100_000_000)}${dice.between(10_000_000, 100_000_000)}${1000 + (position % 9000)}`,
    email: `${local}@${domain}`,
    domain,
    givenName: capital(words[0] ?? "Unknown"),
    familyName: words.slice(1).map(capital).join(" "),
    orgUnitPath: "/",
    aliases: [],
    position,
    isAdmin: false,
    created: now,
    suspended: false,
    archived: false,
    isMailboxSetup: true,
    deleted: false,
  };
}
