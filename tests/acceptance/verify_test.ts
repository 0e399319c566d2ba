import assert from "node:assert/strict";
import { Searching } from "./searching.ts";
import { Place } from "./tasker.ts";

/** `tasker verify`: any byte of a folder of evidence that is changed, missing or added. */

interface Verdict {
  readonly ok: boolean;
  readonly seal: string | null;
  readonly files: number;
  readonly problems: readonly { readonly file: string; readonly problem: string; readonly detail?: string }[];
}

Deno.test("every file that is changed, missing or added is found and named, and nothing else is", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 2, messagesPerUser: 20 });
  const { place } = bed;
  const ended = [
    await bed.search(["-q", "has:attachment", "--max-results-per-user", "2", "--quiet"]),
    await place.run(["export", "last", "--to", "out", "--attachments"]),
  ];
  assert.deepEqual(ended.map(({ code }) => code), [0, 0], ended[1]!.stderr);
  const folder = `${place.folder}/out`;
  const verify = async (...args: string[]) => {
    const { code, stdout, stderr } = await place.run(["verify", folder, "--json", ...args]);
    assert.equal(stderr, "");
    const verdict = JSON.parse(stdout) as Verdict;
    assert.equal(code, verdict.ok ? 0 : 1);
    return { ...verdict, said: verdict.problems.map(({ file, problem }) => `${problem} ${file}`) };
  };
  const sound = await verify("--db", place.db);
  assert.deepEqual(sound.said, []);
  assert.deepEqual((await verify("--seal", sound.seal!)).said, []);
  const sums = Deno.readTextFileSync(`${folder}/SHA256SUMS`).trim().split("\n").map((line) => line.slice(66));
  assert.equal(sums.length, sound.files);
  const [attachment, mail] = ["attachments/", "mail/"].map((start) => sums.find((path) => path.startsWith(start))!);

  const each = ["SHA256SUMS", ...sums];
  const kept = new Map(["manifest.json", ...each].map((path) => [path, Deno.readFileSync(`${folder}/${path}`)]));
  const change = (path: string, work: (bytes: Uint8Array) => Uint8Array) =>
    Deno.writeFileSync(`${folder}/${path}`, work(kept.get(path)!.slice()));
  const restore = () => {
    for (const [path, bytes] of kept) Deno.writeFileSync(`${folder}/${path}`, bytes);
  };
  const flip = (at: (length: number) => number) => (bytes: Uint8Array) => {
    bytes[at(bytes.length)]! ^= 4;
    return bytes;
  };
  // A bit in the middle of every file at once.
  for (const path of sums) change(path, flip((length) => length >> 1));
  const all = await verify();
  assert.deepEqual([...new Set(all.said)].sort(), sums.map((path) => `changed ${path}`).sort());
  restore();
  // Ends, lengths and whole files.
  change(mail!, flip(() => 0));
  change(attachment!, (bytes) => bytes.subarray(0, -1));
  change("coverage.ndjson", (bytes) => Uint8Array.from([...bytes, 10]));
  Deno.removeSync(`${folder}/search/input.json`);
  Deno.writeTextFileSync(`${folder}/mail/\x1b[31mred`, "");
  Deno.mkdirSync(`${folder}/extra/deep`, { recursive: true });
  Deno.symlinkSync("/etc/hostname", `${folder}/extra/deep/link`);
  assert.deepEqual(
    (await verify()).said.sort(),
    [
      "added extra/deep/link",
      "added mail/\x1b[31mred",
      `changed ${attachment}`,
      "changed coverage.ndjson",
      `changed ${mail}`,
      "missing search/input.json",
    ].sort(),
  );
  const said = await place.run(["verify", folder]);
  assert.equal(said.code, 1);
  assert.match(said.stdout, /^FAIL {2}added {4}mail\/red$/m);
  assert.match(said.stdout, /^6 problems in /m);
  Deno.removeSync(`${folder}/mail/\x1b[31mred`);
  Deno.removeSync(`${folder}/extra`, { recursive: true });
  restore();
  // A file that is replaced by a link to the same bytes.
  Deno.renameSync(`${folder}/${mail}`, `${place.folder}/moved`);
  Deno.symlinkSync(`${place.folder}/moved`, `${folder}/${mail}`);
  assert.deepEqual((await verify()).said, [`changed ${mail}`]);
  Deno.removeSync(`${folder}/${mail}`);
  restore();
  // The lists themselves: a hash that follows a file, a line that is taken out with its file, another manifest.
  change("SHA256SUMS", flip((length) => length - 2));
  assert.ok((await verify()).said.includes("changed SHA256SUMS"));
  restore();
  Deno.removeSync(`${folder}/${mail}`);
  change("SHA256SUMS", (bytes) => {
    const text = new TextDecoder().decode(bytes);
    return new TextEncoder().encode(text.split("\n").filter((line) => !line.endsWith(mail!)).join("\n"));
  });
  assert.deepEqual((await verify()).said, ["changed SHA256SUMS"]);
  restore();
  change("manifest.json", flip((length) => length >> 1));
  assert.deepEqual((await verify()).said, ["changed manifest.json"]);
  Deno.removeSync(`${folder}/manifest.json`);
  assert.deepEqual((await verify()).said, ["missing manifest.json"]);
  Deno.removeSync(`${folder}/SHA256SUMS`);
  restore();
  assert.deepEqual(
    (await verify("--seal", "0".repeat(64))).problems[0]!.detail,
    `its seal is ${sound.seal}, not ${"0".repeat(64)}`,
  );
  using other = new Place();
  await other.run(["keystore", "set", "A"], { stdin: "x" });
  assert.deepEqual((await verify("--db", other.db)).problems[0]!.detail, "the audit log knows no such seal");
  assert.deepEqual((await verify()).said, []);
});

Deno.test("what is no folder of evidence is told from one", async () => {
  using place = new Place();
  Deno.mkdirSync(`${place.folder}/empty`);
  for (const folder of ["empty", "nowhere"]) {
    const { code, stderr } = await place.run(["verify", folder]);
    assert.equal(code, 3);
    assert.match(
      stderr,
      /holds no evidence that `tasker export` has sealed \(NOT_FOUND\)\n {2}hint: name the folder that was given to --to/,
    );
  }
});
