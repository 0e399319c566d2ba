import assert from "node:assert/strict";
import { type Criteria, groupOf, select } from "./selection.ts";
import type { DirectoryUser, SelectedUser } from "./types.ts";

const EVERYBODY: Criteria = { exclude: [], orgUnitOnly: false, adminsOnly: false, maxUsersPerDomain: 98 };

function directory(...users: (Partial<DirectoryUser> & { primaryEmail: string })[]): SelectedUser[] {
  return users.map((user) => ({
    user: { id: `id of ${user.primaryEmail}`, ...user },
    domain: user.primaryEmail.split("@")[1]!,
    name: "",
    messageCount: 0,
    messages: [],
  }));
}

const people = () =>
  directory(
    { primaryEmail: "admin@a.example", isAdmin: true, orgUnitPath: "/" },
    { primaryEmail: "ann@a.example", orgUnitPath: "/Sales/East", aliases: ["Ann.Other@a.example"] },
    { primaryEmail: "ben@a.example", orgUnitPath: "/sales", nonEditableAliases: ["ben@alias.example"] },
    { primaryEmail: "cem@a.example", orgUnitPath: "/Salesforce", suspended: true },
    { primaryEmail: "dora@b.example", isDelegatedAdmin: true, orgUnitPath: "/Sales" },
    { primaryEmail: "eve@b.example", archived: true },
    { primaryEmail: "finn@b.example", isMailboxSetup: false },
  );

/** `selected…; left: reason[: message]`. */
function chosen(criteria: Partial<Criteria>) {
  const { selected, left } = select(people(), { ...EVERYBODY, ...criteria });
  return {
    selected: selected.map(({ user }) => user.primaryEmail.split("@")[0]),
    left: Object.fromEntries(left.map((line) => [
      line.email === null ? line.domain : line.email,
      `${line.status}, ${line.reason}`,
    ])),
  };
}

Deno.test("everybody with a mailbox is selected, and of everybody else it is said why not", () => {
  assert.deepEqual(chosen({}), {
    selected: ["admin", "ann", "ben", "dora"],
    left: {
      "cem@a.example": "skipped, suspended",
      "eve@b.example": "skipped, archived",
      "finn@b.example": "skipped, no mailbox",
    },
  });
});

Deno.test("every user has one line or is selected, whatever is asked for", () => {
  const table: [criteria: Partial<Criteria>, selected: string[]][] = [
    [{ maxUsersPerDomain: 1 }, ["admin", "dora"]],
    [{ adminsOnly: true }, ["admin", "dora"]],
    [{ orgUnits: ["/SALES"] }, ["ann", "ben", "dora"]],
    [{ orgUnits: ["/Sales"], orgUnitOnly: true }, ["ben", "dora"]],
    [{ orgUnits: ["/"] }, ["admin", "ann", "ben", "dora"]],
    [{ orgUnits: ["/"], orgUnitOnly: true }, ["admin"]],
    [{ orgUnits: ["/Sales"], adminsOnly: true }, ["dora"]],
    [{ exclude: ["ann.other@a.example", "dora@b.example"] }, ["admin", "ben"]],
    [{ users: ["ann+news@a.example", "ben@alias.example"], maxUsersPerDomain: 1 }, ["ann", "ben"]],
    [{ users: ["ann@a.example", "ann.other@a.example"] }, ["ann"]],
    [{ users: ["ann@a.example"], exclude: ["ann@a.example"] }, []],
    [{ groups: [groupOf("g@a.example", [{ type: "USER", email: "BEN@alias.example" }])] }, ["ben"]],
    [{ groups: [groupOf("g@a.example", [{ type: "USER", id: "id of ann@a.example" }])] }, ["ann"]],
    [{ groups: [groupOf("g@a.example", [{ type: "CUSTOMER", id: "C1" }])] }, ["admin", "ann", "ben", "dora"]],
    [{ groups: [groupOf("g@a.example", [{ type: "GROUP", email: "ann@a.example" }])] }, []],
  ];
  for (const [criteria, expected] of table) {
    const { selected, left } = select(people(), { ...EVERYBODY, ...criteria });
    assert.deepEqual(selected.map(({ user }) => user.primaryEmail.split("@")[0]), expected, JSON.stringify(criteria));
    const accounted = [...selected.map(({ user }) => user.primaryEmail), ...left.map(({ email }) => email)];
    assert.deepEqual(accounted.sort(), people().map(({ user }) => user.primaryEmail).sort());
  }
});

Deno.test("an address is the same in whichever letters the directory has its domain", () => {
  const users = directory({ primaryEmail: "Gül@Bücher.example", aliases: ["g@xn--bcher-kva.example"] });
  for (const name of ["gül@xn--bcher-kva.example", "gül+x@xn--bcher-kva.example", "g@xn--bcher-kva.example"]) {
    const { selected, left } = select(users, { ...EVERYBODY, users: [name] });
    assert.deepEqual([selected.length, left], [1, []], name);
  }
});

Deno.test("a limit is told from not being asked for", () => {
  assert.equal(chosen({ maxUsersPerDomain: 2 }).left["ben@a.example"], "skipped, over the limit");
  assert.equal(chosen({ adminsOnly: true }).left["ben@a.example"], "skipped, not selected");
});

Deno.test("who is asked for and cannot be read, or is nowhere, has failed", () => {
  const { left } = chosen({
    users: ["cem@a.example", "nobody@a.example"],
    exclude: ["noone@b.example"],
    orgUnits: ["/Salesforce", "/Nowhere"],
  });
  assert.equal(left["cem@a.example"], "failed, suspended");
  assert.equal(left["nobody@a.example"], "failed, not found");
  assert.equal(left["/Nowhere"], "failed, not found");
  assert.equal(left["noone@b.example"], "skipped, not found");
  const group = groupOf("g@a.example", [{ type: "EXTERNAL", email: "guest@else.example" }]);
  assert.equal(chosen({ groups: [group] }).left["guest@else.example"], "skipped, not found");
});
