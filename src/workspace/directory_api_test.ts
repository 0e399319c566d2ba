import assert from "node:assert/strict";
import { directoryFor, failureOf, readableUsers, withWorkspace } from "./foreign_clients_for_tests.ts";
import { GROUP_SCOPE, READONLY_SCOPE, SEARCH_SCOPES } from "./methods.ts";

Deno.test("the directory lists the domains of a customer, primary, secondary and alias", async () => {
  await withWorkspace({}, async (workspace) => {
    const directory = directoryFor(workspace, workspace.adminEmails["acme.example"]!);
    const { data } = await directory.domains.list({ customer: "my_customer" });
    assert.deepEqual(data.domains!.map(({ domainName, isPrimary, verified }) => [domainName, isPrimary, verified]), [
      ["acme.example", true, true],
      ["globex.example", false, true],
    ]);
    assert.equal(data.domains![0]!.domainAliases![0]!.domainAliasName, "acme-group.example");
    const masked = await directory.domains.list({ customer: "my_customer", fields: "domains/domainName" });
    assert.deepEqual(masked.data, { domains: [{ domainName: "acme.example" }, { domainName: "globex.example" }] });
  });
});

Deno.test("users are listed page by page, each once, in order of address", async () => {
  await withWorkspace({ usersPerDomain: 130 }, async (workspace) => {
    const directory = directoryFor(workspace, workspace.adminEmails["globex.example"]!);
    const seen: string[] = [];
    let pageToken: string | undefined;
    let pages = 0;
    do {
      const { data } = await directory.users.list({
        customer: "my_customer",
        maxResults: 50,
        orderBy: "email",
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      seen.push(...data.users!.map(({ primaryEmail }) => primaryEmail!));
      pageToken = data.nextPageToken ?? undefined;
      pages++;
    } while (pageToken !== undefined);
    assert.equal(pages, 6);
    assert.deepEqual(seen, workspace.users().map(({ email }) => email));
    assert.equal((await directory.users.list({ customer: "my_customer" })).data.users!.length, 100, "100 by default");
    const one = await directory.users.list({ domain: "acme.example", maxResults: 500 });
    assert.equal(one.data.users!.length, 130);
    assert.ok(one.data.users!.every(({ primaryEmail }) => primaryEmail!.endsWith("@acme.example")));
  });
});

Deno.test("a user says whether it is suspended, archived or without a mailbox", async () => {
  await withWorkspace({}, async (workspace) => {
    const directory = directoryFor(workspace, workspace.adminEmails["acme.example"]!);
    const { data } = await directory.users.list({ customer: "my_customer", maxResults: 500 });
    for (const user of workspace.users()) {
      const found = data.users!.find(({ primaryEmail }) => primaryEmail === user.email)!;
      assert.deepEqual(
        [found.suspended, found.archived, found.isMailboxSetup, found.isAdmin, found.orgUnitPath],
        [user.suspended, user.archived, user.isMailboxSetup, user.isAdmin, user.orgUnitPath],
      );
      assert.equal(found.name!.fullName, `${user.givenName} ${user.familyName}`);
    }
    const [address] = readableUsers(workspace);
    const byAddress = await directory.users.get({ userKey: address! });
    assert.deepEqual((await directory.users.get({ userKey: byAddress.data.id! })).data, byAddress.data);
  });
});

Deno.test("the query parameter filters users", async () => {
  await withWorkspace({}, async (workspace) => {
    const directory = directoryFor(workspace, workspace.adminEmails["acme.example"]!);
    const list = async (query: string) => {
      const { data } = await directory.users.list({ customer: "my_customer", query });
      return (data.users ?? []).map(({ primaryEmail }) => primaryEmail);
    };
    assert.deepEqual(
      await list("isSuspended=true"),
      workspace.users().filter((user) => user.suspended).map(({ email }) => email),
    );
    assert.deepEqual(await list("email:admin*"), ["admin@acme.example", "admin@globex.example"]);
    assert.deepEqual(await list("orgUnitPath='/nowhere'"), []);
    assert.equal((await failureOf(list("shoeSize=44"))).status, 400);
  });
});

Deno.test("only administrators with a directory scope get in", async () => {
  await withWorkspace({}, async (workspace) => {
    const admin = workspace.adminEmails["acme.example"]!;
    const user = await failureOf(
      directoryFor(workspace, readableUsers(workspace)[0]!).users.list({ customer: "my_customer" }),
    );
    assert.equal(user.status, 403);
    assert.equal(user.message, "Not Authorized to access this resource/api");
    assert.equal(user.reason, "forbidden");
    const scope = await failureOf(
      directoryFor(workspace, admin, [READONLY_SCOPE]).users.list({ customer: "my_customer" }),
    );
    assert.equal(scope.status, 403);
    assert.equal(scope.reason, "insufficientPermissions");
    assert.match(JSON.stringify(scope.body), /ACCESS_TOKEN_SCOPE_INSUFFICIENT/);
  });
});

Deno.test("wrong arguments of the directory are refused", async () => {
  await withWorkspace({}, async (workspace) => {
    const { users, domains } = directoryFor(workspace, workspace.adminEmails["acme.example"]!);
    const customer = "my_customer";
    const { data } = await users.list({ customer, maxResults: 3 });
    const cases: [() => Promise<unknown>, number][] = [
      [() => users.list({}), 400],
      [() => users.list({ customer, maxResults: 501 }), 400],
      [() => users.list({ customer, maxResults: 0 }), 400],
      [() => users.list({ customer, pageToken: "nonsense" }), 400],
      [() => users.list({ domain: "acme.example", pageToken: data.nextPageToken! }), 400],
      [() => users.list({ customer, orderBy: "shoeSize" }), 400],
      [() => users.list({ customer, fields: "users(shoeSize)" }), 400],
      [() => users.list({ customer, fields: "users(" }), 400],
      [() => users.list({ domain: "elsewhere.example" }), 404],
      [() => users.get({ userKey: "nobody@acme.example" }), 404],
      [() => domains.list({ customer: "C09999999" }), 404],
    ];
    for (const [request, status] of cases) assert.equal((await failureOf(request())).status, status);
  });
});

Deno.test("with separate tenancy each administrator sees its own domain only", async () => {
  await withWorkspace({ tenancy: "separate", usersPerDomain: 3 }, async (workspace) => {
    for (const [domain, admin] of Object.entries(workspace.adminEmails)) {
      const directory = directoryFor(workspace, admin);
      const { data } = await directory.domains.list({ customer: "my_customer" });
      assert.deepEqual(data.domains!.map(({ domainName }) => domainName), [domain]);
      const listed = await directory.users.list({ customer: "my_customer" });
      assert.equal(listed.data.users!.length, 3);
      const other = Object.keys(workspace.adminEmails).find((name) => name !== domain)!;
      assert.equal((await failureOf(directory.users.list({ domain: other }))).status, 404);
    }
  });
});

Deno.test("the members of a group are listed page by page, those of the groups in it when asked for", async () => {
  await withWorkspace({ usersPerDomain: 40 }, async (workspace) => {
    const admin = workspace.adminEmails["acme.example"]!;
    const directory = directoryFor(workspace, admin, [GROUP_SCOPE]);
    const units = new Set(
      workspace.users().filter(({ domain }) => domain === "acme.example").map((u) => u.orgUnitPath),
    );
    const direct = await directory.members.list({ groupKey: "staff@acme.example" });
    assert.equal(direct.data.members!.filter(({ type }) => type === "GROUP").length, units.size - 1);
    assert.ok(direct.data.members!.some(({ email }) => email === admin));
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await directory.members.list({
        groupKey: "Staff@Acme.example",
        includeDerivedMembership: true,
        maxResults: 7,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      seen.push(...data.members!.map(({ email }) => email!));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    const everybody = workspace.users().filter(({ domain }) => domain === "acme.example").map(({ email }) => email);
    assert.deepEqual(seen, [...everybody, "guest@partner.example"].sort());
    const sales = await directory.members.list({ groupKey: "sales@acme.example" });
    assert.deepEqual(
      sales.data.members!.map(({ email }) => email),
      workspace.users().filter((u) => u.domain === "acme.example" && u.orgUnitPath === "/Sales").map((u) => u.email),
    );
    assert.equal((await failureOf(directory.members.list({ groupKey: "none@acme.example" }))).status, 404);
    const unscoped = directoryFor(workspace, admin, SEARCH_SCOPES);
    assert.equal((await failureOf(unscoped.members.list({ groupKey: "staff@acme.example" }))).status, 403);
  });
});
