import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { type CoverageRecord, type MessageRecord, Searching } from "./searching.ts";

/** Whose mailboxes are searched, and what is said of the others. */

const PEOPLE = { usersPerDomain: 30, messagesPerUser: 1, suspendedShare: 0.1, noMailboxShare: 0 };

/** Addresses by status of the newest run's coverage, in order. */
function covered(bed: Searching): Record<string, (string | null)[]> {
  const lines = bed.records<CoverageRecord>("coverage");
  const by = Map.groupBy(lines, ({ status, reason }) => status === "complete" ? status : `${status}: ${reason}`);
  return Object.fromEntries([...by].map(([key, of]) => [key, of.map(({ email }) => email).sort()]));
}

Deno.test("units, groups, administrators and exclusions choose the users, and everybody else is accounted for", async () => {
  await using bed = await Searching.open(PEOPLE);
  await using _server = await Running.serve(bed.place);
  const everybody = bed.workspace.users();
  const inUnit = (path: string) => everybody.filter(({ orgUnitPath }) => orgUnitPath === path);
  const open = (users: typeof everybody) =>
    users.filter((user) => !user.suspended && !user.archived).map(({ email }) => email).sort();

  const sales = open(inUnit("/Sales"));
  await bed.result(["--ou", "/sales", "--exclude", sales[0]!]);
  const bySales = covered(bed);
  assert.deepEqual(bySales.complete, sales.slice(1));
  assert.deepEqual(bySales["skipped: excluded"], [sales[0]]);
  assert.equal(Object.values(bySales).flat().length, everybody.length);

  await bed.result(["--group", "staff@acme.example", "--max-users-per-domain", "100"]);
  const byGroup = covered(bed);
  assert.deepEqual(byGroup.complete, open(everybody.filter(({ domain }) => domain === "acme.example")));
  assert.deepEqual(byGroup["skipped: not found"], ["guest@partner.example"]);
  assert.equal(Object.values(byGroup).flat().length, everybody.length + 1);

  await bed.result(["--admins-only"]);
  assert.deepEqual(covered(bed).complete, ["admin@acme.example", "admin@globex.example"]);

  const { stderr } = await bed.result(["--ou", "/Nowhere", "--group", "none@acme.example"], 5);
  assert.match(stderr, /not read: the organisational unit \/Nowhere \(not found/);
  assert.match(stderr, /not read: none@acme\.example \(not found/);
});

Deno.test("alias domains, aliases and tags are the mailbox that they reach, searched once", async () => {
  await using bed = await Searching.open(PEOPLE);
  const byDomain = await bed.result(["--domains", "acme-group.example,ACME.example", "--max-users-per-domain", "1"]);
  assert.deepEqual(byDomain.result.domainResults.map(({ domain }) => domain), ["acme.example"]);
  const user = bed.workspace.users().find(({ aliases, suspended, archived }) =>
    aliases.length > 0 && !suspended && !archived
  )!;
  const [local] = user.email.split("@");
  const names = [user.email, user.aliases[0], user.email.replace("@", "+list@").toUpperCase()];
  if (user.domain === "acme.example") names.push(`${local}@acme-group.example`);
  const { result } = await bed.result(["--users", names.join(",")]);
  assert.deepEqual(result.domainResults.flatMap(({ users }) => users.map(({ email }) => email)), [user.email]);
});

Deno.test("several tenants are searched in one run, each with its credentials and its own coverage", async () => {
  await using bed = await Searching.open({ ...PEOPLE, domains: 1, usersPerDomain: 4 });
  await using other = await bed.tenant("globex", {
    domains: ["globex.example"],
    usersPerDomain: 5,
    messagesPerUser: 2,
  });
  const { result, stderr } = await bed.result(["--tenant", "default,globex,broken", "--include-spam-trash"], 5);
  const { tenants } = result.coverage;
  const open = (workspace: Searching["workspace"]) =>
    workspace.users().filter(({ suspended, archived }) => !suspended && !archived).length;
  assert.deepEqual(tenants!.map(({ tenant, complete, failed }) => [tenant, complete, failed]), [
    ["default", open(bed.workspace), 0],
    ["globex", open(other), 0],
    ["broken", 0, 1],
  ]);
  assert.match(stderr, /not read: the tenant broken \(CREDENTIALS/);
  const messages = bed.records<MessageRecord>("message");
  assert.equal(messages.filter(({ tenant }) => tenant === "globex").length, 2 * open(other));
  for (const { tenant, domain } of messages) assert.equal(tenant, domain === "globex.example" ? "globex" : "default");

  await bed.result(["--tenant", "default,globex", "--domains", "globex.example", "--group", "staff@globex.example"]);
  assert.equal(
    bed.records<CoverageRecord>("coverage").filter(({ status }) => status === "complete").length,
    open(other),
  );
});

Deno.test("users may stand in a file, a line each or in a column of a table", async () => {
  await using bed = await Searching.open({ ...PEOPLE, domains: 1 });
  const [a, b, c] = bed.readable("acme.example") as [string, string, string];
  bed.place.write("staff.csv", `Name;Mail\r\n"Doe, Ann";${a}\r\nBob;${b}\r\n`);
  bed.place.write("left-out.txt", `${b}\n\n`);
  await bed.result(["--users", `@staff.csv:mail,${c}`, "--exclude", "@left-out.txt"]);
  assert.deepEqual(covered(bed).complete, [a, c]);
  const wrong = await bed.search(["--users", "@staff.csv:Phone"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /staff\.csv has no column "Phone"[\s\S]*Name, Mail/);
  assert.equal((await bed.search(["--users", "@absent.txt"])).code, 3);
});

Deno.test("a name that can be nobody's is refused before anything is asked of Google", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 0 });
  for (const [flag, value] of [["--users", "ann"], ["--ou", "Sales"], ["--group", "staff"], ["--domains", "a b"]]) {
    const { code, stderr } = await bed.search([flag!, value!]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, new RegExp(`${flag}: "${value}" is not `));
  }
  assert.equal(bed.workspace.counters().requests, 0);
});
