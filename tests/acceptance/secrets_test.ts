import assert from "node:assert/strict";
import { Gate } from "./gate.ts";
import { addRules } from "./policy.ts";
import { Running } from "./running.ts";
import { Searching } from "./searching.ts";

/** A secret goes to the server that it is meant for, and nowhere else. */

const SECRET = "MARK-er/5ecret+0f~tests=";

/** How a text may stand somewhere: as it is, or as JSON, base64, hex or a URL would write it. */
function spellings(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    // What stands in the middle of a longer text in base64 depends on where it begins: each of the three ways.
    ...[0, 1, 2].map((shift) => {
      const shifted = new Uint8Array([...new Uint8Array(shift), ...bytes]);
      const whole = btoa(String.fromCharCode(...shifted.slice(0, shifted.length - (shifted.length % 3))));
      return whole.slice(shift === 0 ? 0 : 4);
    }),
    [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  ];
}

Deno.test("the keystore's secrets and the private key are in no file, no output and no error", async () => {
  await using bed = await Searching.open({ usersPerDomain: 3, messagesPerUser: 5 });
  await using gate = new Gate();
  const { place, workspace } = bed;
  gate.open();
  assert.equal((await place.run(["keystore", "set", "TOKEN"], { stdin: SECRET })).code, 0);
  assert.equal((await place.run(["keystore", "set", "LINES"], { stdin: `first\n${SECRET}` })).code, 0);
  addRules(place.db, [{ effect: "allow", service: "http" }]);
  const file = place.write(
    "careless.ts",
    `export const manifest = {
       description: "Shows what it holds", services: ["keystore", "http", "records", "gapi"],
       hosts: ["${gate.host}"],
     };
     export default async function careless() {
       const secret = await tools.keystore.getKey("TOKEN");
       const key = await tools.keystore.getKey("GAPI_KEY");
       console.log(secret, key);
       console.error(new Error("holding " + JSON.stringify(secret)));
       const answer = await tools.http.fetch("http://${gate.host}/free", { method: "PUT", headers: { authorization: ["Bearer ", secret] }, body: secret });
       // A line's end is allowed in no header: what is said of that must not say the secret.
       const lines = await tools.keystore.getKey("LINES");
       const failed = await tools.http.fetch("http://${gate.host}/free", { headers: { authorization: lines } }).then(() => "sent", (error) => error.message);
       const info = await tools.gapi.getTokenInfo({ subject: "nobody@acme.example" }).catch((error) => error.message);
       await tools.records.append("held", [{ secret, key, answer, failed }]);
       return { secret, key, answer, failed, info };
     }`,
  );
  const revealing = place.write(
    "revealing.ts",
    `export const manifest = { description: "Reads a secret's text", services: ["keystore"], revealSecrets: true };
     export default async function revealing() {
       const text = await tools.keystore.getKey("TOKEN");
       return { length: text.length };
     }`,
  );
  const said: string[] = [];
  const say = async (args: readonly string[], code = 0) => {
    const done = await place.run(args);
    assert.equal(done.code, code, `${args.join(" ")}: ${done.stderr}`);
    said.push(done.stdout, done.stderr);
    return done;
  };
  await say(["publish", file, revealing]);
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  const careless = JSON.parse((await say(["run", "careless", "--json"])).stdout) as Record<string, unknown>;
  assert.notEqual(careless.failed, "sent");
  assert.deepEqual(careless.secret, { $secret: "default/TOKEN" });
  assert.equal(gate.headers.get("authorization"), `Bearer ${SECRET}`, "the server that it is for gets it");
  const revealed = await say(["run", "revealing", "--json"]);
  assert.deepEqual(JSON.parse(revealed.stdout), { length: SECRET.length });
  await say(["run", "gmail-search", "-q", "in:anywhere"]);
  // A key that Google refuses, and one that is no key.
  const account = workspace.serviceAccount();
  workspace.setFaults([{ kind: "token", fault: { type: "serverError", status: 500 }, times: 2 }]);
  workspace.expireTokens();
  await say(["run", "gmail-search", "-q", "in:anywhere", "--max-results-per-user", "1"]);
  workspace.grantScopes([]);
  workspace.expireTokens();
  server.kill("SIGTERM");
  const served = await server.end();
  said.push(served.stdout, served.stderr);
  await say(["run", "gmail-search", "-q", "in:anywhere"], 1);
  await say(["show", "last", "--json"]);
  for (const command of [["runs", "--json"], ["debug", "db", "--json"], ["debug", "logs"], ["keystore", "list"]]) {
    await say(command);
  }
  for (const { id } of JSON.parse((await say(["runs", "--json"])).stdout) as { id: string }[]) {
    await say(["show", id, "--json"]);
    await say(["records", id, "--format", "ndjson"]);
    await say(["debug", "logs", "--run", id]);
  }
  const broken = JSON.stringify({ ...account, private_key: account.private_key.replace(/[A-Z]/g, "x") });
  assert.equal((await place.run(["keystore", "set", "GAPI_KEY"], { stdin: broken })).code, 0);
  await say(["run", "gmail-search", "-q", "in:anywhere"], 1);

  await using again = Running.start(place, ["serve"]);
  await again.says(/^serving /m);
  const needles = [
    ...spellings(SECRET),
    // Each line of the key's text by itself, and of the broken one.
    ...[account.private_key, account.private_key.replace(/[A-Z]/g, "x")].flatMap((pem) =>
      pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----")).slice(0, 20)
    ),
  ];
  for (const [index, text] of said.entries()) assertHidden(text, needles, `output ${index}`);
  const files = [...Deno.readDirSync(place.folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
  for (const kind of ["tasker.db", "tasker.db-wal", "tasker.db.server.json", "tasker.db.owner"]) {
    assert.ok(files.includes(kind), `${kind} is looked through: ${files}`);
  }
  for (const name of files) {
    const path = `${place.folder}/${name}`;
    assertHidden(new TextDecoder("latin1").decode(Deno.readFileSync(path)), needles, name);
    if (name.startsWith("tasker.db")) assert.equal((Deno.statSync(path).mode! & 0o777).toString(8), "600", name);
  }
  const cmdline = new TextDecoder().decode(Deno.readFileSync(`/proc/${again.pid}/cmdline`));
  assertHidden(cmdline, needles, "the command line");
});

function assertHidden(text: string, needles: readonly string[], where: string): void {
  for (const needle of needles) {
    const at = text.indexOf(needle);
    assert.ok(
      at < 0,
      `${where} has a secret in it: …${text.slice(Math.max(0, at - 60), at).replaceAll(/\s+/g, " ")}[HERE]`,
    );
  }
}
