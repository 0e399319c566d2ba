import assert from "node:assert/strict";
import { Browser, findChromium } from "./browser.ts";
import { keep, message } from "./keeping.ts";
import { Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** The report of a search: one file, opened in a real browser. */

const chromium = findChromium();

const HOSTILE =
  `</script><script>document.title="owned"</script><img src="http://evil.example/x" onerror="document.title='owned'">`;

const MESSAGES = [
  message("ann@acme.example", "1", { From: "Zoë <zoe@globex.example>", Subject: "Project Granite" }),
  message("ann@acme.example", "2", { From: `"${HOSTILE}" <e@evil.example>`, Subject: HOSTILE }, {
    date: "2026-10-30T23:59:59.000Z",
  }),
  message("bob@acme.example", "3", { From: "eve@evil.example", Subject: "invoice \u202egpj.exe <!-- ${x} &lt;b&gt;" }),
  message("bob@acme.example", "4", { From: "a@b.example", Subject: "{1 MB}" }),
  ...Array.from(
    { length: 600 },
    (_, n) =>
      message("carl@acme.example", `c${n}`, { From: "a@b.example", Subject: `series ${n}` }, {
        date: new Date(Date.UTC(2026, 8, 1) + n * 3_600_000).toISOString(),
      }),
  ),
];
const COVERAGE = [
  { email: "ann@acme.example", domain: "acme.example", status: "complete", reason: null, messages: 2 },
  { email: "dan@acme.example", domain: "acme.example", status: "failed", reason: "forbidden", message: HOSTILE },
  { email: "carl@acme.example", domain: "acme.example", status: "truncated", reason: "truncated at 600" },
];

Deno.test({
  name: "a report is searched, sorted and paged in Chromium; mail runs nothing in it, and it asks for nothing",
  ignore: chromium === undefined,
  async fn() {
    using place = new Place();
    await keep(place, { message: MESSAGES, coverage: COVERAGE });
    const path = `${place.folder}/report.html`;
    const done = await place.run(["records", "last", "--output", path]);
    assert.deepEqual([done.code, done.stdout, done.stderr], [0, "", ""]);

    await using browser = await Browser.open(chromium!);
    await browser.goto(`file://${path}`);
    const text = (selector: string) =>
      browser.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
    const subjects = () =>
      browser.evaluate<string[]>(
        `[...document.querySelectorAll("#body > tr > td:nth-child(4)")].map((td) => td.innerText)`,
      );
    const waitFor = (condition: string) =>
      browser.evaluate(`new Promise((resolve, reject) => {
        const end = Date.now() + 10_000;
        const look = () => (${condition}) ? resolve(true) : Date.now() > end ? reject(new Error("in vain")) : setTimeout(look, 20);
        look();
      })`);

    assert.match(await text("#coverage"), /^NOT READ: 1 mailbox or domain\. The answer is incomplete\n/);
    assert.match(await text("#coverage table"), /dan@acme\.example[\s\S]*forbidden[\s\S]*<img src=/);
    const above = await browser.evaluate<boolean>(
      `document.querySelector("#coverage").getBoundingClientRect().bottom <= document.querySelector("#charts").getBoundingClientRect().top`,
    );
    assert.ok(above, "the coverage comes first");
    assert.equal(await text("#count"), "604 rows");
    assert.equal(await text("#page"), "page 1 of 7");
    assert.equal((await subjects()).length, 100);
    const bars = (id: string) =>
      browser.evaluate<string[]>(
        `[...document.querySelectorAll("#${id} .bar title")].map((title) => title.textContent)`,
      );
    assert.deepEqual(await bars("users"), ["carl@acme.example: 600", "ann@acme.example: 2", "bob@acme.example: 2"]);
    const weeks = await bars("times");
    assert.deepEqual([weeks[0], weeks.at(-1)], ["week of 2026-08-31: 144", "week of 2026-11-02: 3"]);

    await browser.click("#words");
    await browser.type("granite ZOË");
    await waitFor(`document.querySelector("#count").innerText === "1 of 604 rows"`);
    assert.deepEqual(await subjects(), ["Project Granite"]);
    await browser.evaluate(`document.querySelector("#words").select()`);
    await browser.type("evil.example");
    await waitFor(`document.querySelector("#count").innerText === "2 of 604 rows"`);
    await browser.click("#head th:nth-child(1) button");
    assert.deepEqual(await subjects(), [HOSTILE, "invoice gpj.exe <!-- ${x} &lt;b&gt;"]);
    await browser.click("#head th:nth-child(1) button");
    assert.equal((await subjects())[1], HOSTILE);
    await browser.click("#body tr:nth-child(2)");
    assert.match(await text("tr.whole"), /headers\.Subject\s+<\/script><script>/);

    await browser.evaluate(`document.querySelector("#words").select()`);
    await browser.type(" ");
    await waitFor(`document.querySelector("#count").innerText === "604 rows"`);
    await browser.click("#users svg rect:nth-of-type(3)");
    assert.equal(await text("#picks"), "✕ bob@acme.example");
    assert.deepEqual((await subjects()).map((subject) => subject.length).sort((a, b) => a - b), [35, 301]);
    await browser.click("#body tr:nth-child(2)");
    assert.equal(
      await browser.evaluate("document.querySelector('tr.whole dd:last-child').textContent.length"),
      1_000_000,
    );
    await browser.click("#picks button");
    await browser.click("#next");
    assert.equal(await text("#page"), "page 2 of 7");

    assert.equal(await browser.evaluate("document.title"), "kept");
    assert.equal(await browser.evaluate("document.querySelectorAll('img, iframe, a, link').length"), 0);
    assert.deepEqual(browser.requests, [`file://${path}`]);
    assert.deepEqual(browser.complaints, []);
    // Even markup that found its way in could do nothing.
    const ran = await browser.evaluate(`new Promise((resolve) => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
    }).then((refused) => refused + " " + document.title)`);
    assert.equal(ran, "script-src-elem kept");
  },
});

Deno.test("a search writes its report itself, and one without hits says who was not read", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 3, messagesPerUser: 5 });
  const path = `${bed.place.folder}/mail.html`;
  const user = bed.readable()[0]!;
  const done = await bed.search(["--users", `${user},nobody@${user.split("@")[1]}`, "--output", path]);
  assert.deepEqual([done.code, done.stdout], [5, ""], done.stderr);
  const html = await Deno.readTextFile(path);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.match(html, /<h1>gmail-search: before:\d+<\/h1>/);
  assert.match(html, /<section id="coverage" class="bad">\n<h2>NOT READ: 1 mailbox or domain\./);
  assert.ok(html.indexOf("NOT READ") < html.indexOf('class="rows"'));
  const rows = [...html.matchAll(/<script type="application\/json" class="rows">(.*)<\/script>/g)]
    .flatMap(([, json]) => JSON.parse(json!) as string[][]);
  assert.deepEqual(
    rows.map(([mailbox, , id]) => `${mailbox} ${id}`).sort(),
    bed.records<{ mailbox: string; id: string }>("message").map(({ mailbox, id }) => `${mailbox} ${id}`).sort(),
  );
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
  assert.match(policy, /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; base-uri 'none';/);

  const asked = await bed.place.run([
    "sql",
    "last",
    "SELECT mailbox, count(*) AS hits FROM message",
    "--format",
    "html",
  ]);
  assert.match(
    asked.stdout,
    /What this gives: SELECT mailbox[\s\S]*NOT READ[\s\S]*"columns":\["mailbox","hits"\]/,
  );
});
