import assert from "node:assert/strict";
import { finished, Place, until } from "./tasker.ts";
import { TextLines } from "./text_lines.ts";

/** `tasker sandbox` and `tasker demo`: what a newcomer tries first. */

/** Runs a printed command in a shell in which `tasker` is tasker. */
async function shell(place: Place, line: string) {
  const [command, ...before] = place.commandLine();
  const bin = place.write(
    "tasker",
    `#!/bin/sh\nexec ${[command, ...before].map((word) => `'${word}'`).join(" ")} "$@"\n`,
  );
  Deno.chmodSync(bin, 0o755);
  const child = new Deno.Command("sh", {
    args: ["-c", line],
    clearEnv: true,
    env: { ...place.environment(), PATH: `${place.folder}:${Deno.env.get("PATH")}` },
    cwd: place.folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await finished(child);
}

Deno.test("the sandbox's printed commands work verbatim, and real mail from .eml and .mbox files is found", async () => {
  using place = new Place();
  Deno.mkdirSync(`${place.folder}/mail`);
  const mail = (id: string, to: string, subject: string) =>
    `From: Vendor <billing@vendor.example>\r\nTo: ${to}\r\nDate: Tue, 03 Nov 2026 09:00:00 +0000\r\n` +
    `Message-ID: <${id}@vendor.example>\r\nSubject: ${subject}\r\n\r\nPlease pay.\r\n`;
  place.write("mail/one.eml", mail("one", "admin@acme.example", "Invoice 4711"));
  place.write(
    "mail/more.mbox",
    ["two", "three"].map((id) =>
      `From billing@vendor.example Tue Nov  3 09:00:00 2026\n${
        mail(id, "admin@globex.example", `Invoice ${id}`).replaceAll("\r\n", "\n")
      }\n`
    ).join(""),
  );
  const child = place.start([
    ...["sandbox", "--json", "--users-per-domain", "3", "--messages-per-user", "4", "--seed", "7"],
    ...["--mail", "mail/one.eml", "--mail", "mail/more.mbox"],
  ]);
  const lines = new TextLines(child.stdout);
  try {
    const ready = JSON.parse(await lines.next());
    assert.deepEqual(Object.keys(ready), [
      "url",
      "pid",
      "keyFile",
      "adminEmail",
      "rootUrl",
      "domains",
      "users",
      "mail",
      "commands",
    ]);
    assert.deepEqual([ready.domains, ready.users, ready.pid], [["acme.example", "globex.example"], 6, child.pid]);
    assert.equal(ready.mail, 3);
    assert.equal(Deno.statSync(ready.keyFile).mode! & 0o777, 0o600);
    for (const line of ready.commands) {
      const done = await shell(place, line);
      assert.equal(done.code, 0, `${line}: ${done.stderr}`);
    }
    const found = await place.run([
      "run",
      "gmail-search",
      "-q",
      "from:billing@vendor.example subject:invoice",
      "--json",
    ]);
    assert.equal(found.code, 0, found.stderr);
    const messages = JSON.parse((await place.run(["records", "last", "--kind", "message", "--json"])).stdout);
    assert.deepEqual(
      messages.map(({ mailbox, headers }: { mailbox: string; headers: Record<string, string> }) =>
        `${mailbox} ${headers["Message-ID"]}`
      ).sort(),
      [
        "admin@acme.example <one@vendor.example>",
        "admin@globex.example <three@vendor.example>",
        "admin@globex.example <two@vendor.example>",
      ],
    );
    child.kill("SIGINT");
    assert.equal((await child.status).code, 0);
    await assert.rejects(Deno.stat(ready.keyFile), Deno.errors.NotFound, "the key file is removed");
  } finally {
    await lines.cancel();
    await child.stderr.cancel();
  }
});

Deno.test("the sandbox says in words what to do", async () => {
  using place = new Place();
  Deno.mkdirSync(`${place.folder}/empty`);
  const child = place.start([
    ...["sandbox", "--domains", "a.example,b.example", "--users-per-domain", "2", "--mail", "empty"],
  ]);
  const lines = new TextLines(child.stdout);
  let text = "";
  while (!text.includes("tasker run gmail-search")) text += `${await lines.next()}\n`;
  child.kill("SIGTERM");
  await lines.cancel();
  assert.match(await new Response(child.stderr).text(), /^warning: there is no \.eml or \.mbox file in empty\n/);
  assert.equal((await child.status).code, 0);
  assert.match(
    text,
    /http:\/\/127\.0\.0\.1:\d+.*: 4 users in a\.example, b\.example\. 0 messages of yours in it\.\n/,
  );
  assert.equal(text.match(/tasker keystore set GAPI_/g)?.length, 3);
});

Deno.test("the sandbox refuses what it cannot be", async () => {
  using place = new Place();
  for (
    const flags of [["--domains", "0"], ["--users-per-domain", "0"], ["--domains", "a b"], ["--mail", "absent.eml"], [
      "--port",
      "70000",
    ]]
  ) {
    const { code, stdout, stderr } = await place.run(["sandbox", ...flags]);
    assert.ok(code === 2 || code === 3, `${flags}: ${code}`);
    assert.deepEqual(stdout, "");
    assert.match(stderr, /error: /);
  }
});

Deno.test("the demonstration searches two domains, names what to try next, and leaves nothing behind", async () => {
  using place = new Place();
  const temporary = `${place.folder}/tmp`;
  Deno.mkdirSync(temporary);
  const started = Date.now();
  const { code, stdout, stderr } = await place.run(["demo"], { env: { TMPDIR: temporary } });
  assert.equal(code, 0, stderr);
  assert.ok(Date.now() - started < 30_000);
  assert.match(stdout, /^DOMAIN +USER/);
  assert.match(stdout, /acme\.example[\s\S]*globex\.example/);
  assert.match(stdout, /Coverage: \d+ selected: /);
  assert.match(stdout, /tasker sandbox[\s\S]*tasker run gmail-search --help/);
  const [, url] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(stderr)!;
  await assert.rejects(fetch(url!), "nothing listens any more");
  assert.deepEqual([...Deno.readDirSync(temporary)], []);
  assert.deepEqual([...Deno.readDirSync(place.folder)].map(({ name }) => name).filter((name) => name !== "tmp"), []);
});

Deno.test("a demonstration that is stopped leaves nothing behind either", async () => {
  using place = new Place();
  const temporary = `${place.folder}/tmp`;
  Deno.mkdirSync(temporary);
  const child = place.start(["demo", "--latency", "400"], { env: { TMPDIR: temporary } });
  const done = finished(child);
  await until(
    "the demonstration is at work",
    () =>
      [...Deno.readDirSync(temporary)].some(({ name }) =>
        [...Deno.readDirSync(`${temporary}/${name}`)].some((file) => file.name.endsWith(".server.json"))
      ),
  );
  child.kill("SIGINT");
  const { code, stderr } = await done;
  assert.equal(code, 4, stderr);
  assert.deepEqual([...Deno.readDirSync(temporary)], []);
});
