import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { finished, Place } from "./tasker.ts";

/** The program as a whole: help, version, completions, and where its database is. */

function assertReadable(help: string, command: string): void {
  assert.deepEqual(help.split("\n").filter((line) => line.length > 100), [], command);
}

Deno.test("--version and --help answer on stdout, for every command", async () => {
  using place = new Place();
  const version = await place.run(["--version"]);
  assert.deepEqual([version.code, version.stdout.trim()], [0, config.version]);
  const help = await place.run(["--help"]);
  assert.equal(help.code, 0);
  assertReadable(help.stdout, "tasker");
  const commands = [...help.stdout.slice(help.stdout.indexOf("COMMANDS")).matchAll(/^ {2}(\S+) {2,}\S/gm)].map((
    match,
  ) => match[1]!);
  const expected =
    "run resume retry runs show signal cancel replay test fork records sql diff export-run open export verify audit ledger gmail google new dev publish versions keystore policy budget approvals schedule serve mcp gc backup restore doctor sandbox demo debug completions";
  assert.deepEqual(commands, expected.split(" "));
  for (const command of commands) {
    const { code, stdout, stderr } = await place.run([command, "--help"]);
    assert.deepEqual([code, stderr], [0, ""], command);
    assert.match(stdout, new RegExp(`^USAGE\\n {2}tasker ${command}`));
    assertReadable(stdout, command);
  }
  assert.equal((await place.run([])).stdout, help.stdout);
  await assert.rejects(Deno.stat(place.db), Deno.errors.NotFound, "help makes no database");
});

Deno.test("the database is --db before TASKER_DB before the platform's data folder", async () => {
  using place = new Place();
  const set = (args: string[], env: Record<string, string>) =>
    place.run(["keystore", "set", "A", ...args], { stdin: "x", env });
  const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
  const [flag, variable] = [`${place.folder}/flag.db`, `${place.folder}/variable.db`];

  assert.equal((await set(["--db", flag], { TASKER_DB: variable })).code, 0);
  assert.deepEqual([await exists(flag), await exists(variable)], [true, false]);
  assert.equal((await place.run(["--db", flag, "keystore", "get", "A", "--reveal"])).stdout.trim(), "x");
  assert.equal((await set([], { TASKER_DB: variable })).code, 0);
  assert.equal(await exists(variable), true);

  const home = `${place.folder}/home`;
  const { TASKER_DB: _unset, ...environment } = place.environment();
  const [command, ...before] = place.commandLine();
  const withoutVariable = async (env: Record<string, string>) => {
    const child = new Deno.Command(command, {
      args: [...before, "keystore", "namespaces"],
      clearEnv: true,
      env: { ...environment, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return (await finished(child)).stderr;
  };
  const byPlatform = Deno.build.os === "darwin"
    ? `${home}/Library/Application Support/tasker`
    : `${home}/.local/share/tasker`;
  assert.ok((await withoutVariable({ HOME: home })).includes(`${byPlatform}/`));
  if (Deno.build.os === "linux") {
    assert.ok((await withoutVariable({ HOME: home, XDG_DATA_HOME: `${home}/data` })).includes(`${home}/data/tasker/`));
  }
});

Deno.test("completions for bash complete commands, flags and a task's own flags, in bash", async () => {
  using place = new Place();
  const script = await place.run(["completions", "bash"]);
  assert.equal(script.code, 0);
  const [command, ...before] = place.commandLine();
  const bin = place.write(
    "tasker",
    `#!/bin/sh\nexec ${[command, ...before].map((word) => `'${word}'`).join(" ")} "$@"\n`,
  );
  Deno.chmodSync(bin, 0o755);
  place.write("completion.bash", script.stdout);
  const complete = async (line: string) => {
    const child = new Deno.Command("bash", {
      args: [
        "--norc",
        "-c",
        `source ./completion.bash
         read -r _ _ function _ <<<"$(complete -p tasker | sed 's/.* -F \\([^ ]*\\).*/x x \\1 x/')"
         COMP_LINE="$1"; COMP_POINT=\${#COMP_LINE}
         read -ra COMP_WORDS <<<"$1"
         [[ "$1" == *" " ]] && COMP_WORDS+=("")
         COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
         "$function" tasker "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
         printf '%s\\n' "\${COMPREPLY[@]}"`,
        "bash",
        line,
      ],
      clearEnv: true,
      env: { ...place.environment(), PATH: `${place.folder}:${Deno.env.get("PATH")}` },
      cwd: place.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stdout, stderr } = await finished(child);
    assert.equal(stderr, "");
    return stdout.split("\n").map((word) => word.trim()).filter((word) => word !== "").sort();
  };
  assert.deepEqual(await complete("tasker ru"), ["run", "runs"]);
  assert.deepEqual(await complete("tasker keystore l"), ["list"]);
  assert.deepEqual(await complete("tasker debug "), ["clear", "db", "logs"]);
  assert.deepEqual(await complete("tasker run gmail-search --max"), [
    "--max-results-per-user",
    "--max-users-per-domain",
  ]);
  assert.deepEqual(await complete("tasker run gmail-search --format n"), ["ndjson"]);
  assert.ok((await complete("tasker run gm")).includes("gmail-search"), "names of tasks");
  assert.deepEqual(await complete("tasker completions z"), ["zsh"]);
  assert.deepEqual(await complete("tasker show l"), [], "there is no run yet");
  await place.run(["publish", place.write("one.js", "module.exports = async () => 1;")]);
  await place.run(["run", "one"]);
  const [{ id }] = JSON.parse((await place.run(["runs", "--json"])).stdout);
  assert.deepEqual(await complete("tasker show l"), ["last"]);
  assert.ok((await complete("tasker records ")).includes(id.slice(-8)));
  assert.ok((await complete("tasker run o")).includes("one"));
  assert.deepEqual(await complete("tasker cancel l"), [], "it has ended");
});

Deno.test("completions know keystore entries and kinds, follow --db, and leave files and shell code to the shell", async () => {
  using place = new Place();
  const complete = async (...words: string[]) => {
    const { code, stdout, stderr } = await place.run(["__complete", "--", ...words]);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout.split("\n").filter((word) => word !== "");
  };
  const kinds = '["found", "other", "$(touch harm)"].map((kind) => tools.records.append(kind, [{}]))';
  await place.run(["publish", place.write("kinds.js", `module.exports = () => Promise.all(${kinds});`)]);
  await place.run(["run", "kinds"]);
  await place.run(["keystore", "set", "GAPI_KEY"], { stdin: "x" });
  assert.deepEqual(await complete("records", "last", "--kind", ""), ["found", "other"]);
  assert.deepEqual(await complete("keystore", "delete", "G"), ["GAPI_KEY"]);
  assert.ok((await complete("debug", "logs", "--run", "")).includes("last"));
  assert.deepEqual(await complete("publish", ""), [], "files are the shell's part");
  assert.ok((await complete("publish", "-")).includes("--all"));
  assert.ok((await complete("run", "kinds", "")).includes("--detach"), "flags, where nothing else can come");
  assert.ok(!(await complete("show", "")).some((word) => word.startsWith("-")));

  const elsewhere = ["--db", `${place.folder}/other.db`];
  assert.deepEqual(await complete(...elsewhere, "ru"), ["run", "runs"]);
  assert.deepEqual(await complete(...elsewhere, "records", "last", "--kind", ""), []);
  assert.deepEqual(await complete(...elsewhere, "run", ""), ["gmail-export", "gmail-search"]);
});

Deno.test("completions for zsh and fish ask the program, and another shell is refused", async () => {
  using place = new Place();
  for (const [shell, words] of [["zsh", /compdef _tasker tasker/], ["fish", /complete -c tasker/]] as const) {
    const { code, stdout } = await place.run(["completions", shell]);
    assert.equal(code, 0);
    assert.match(stdout, words);
    assert.match(stdout, /tasker __complete/);
  }
  assert.equal((await place.run(["completions", "csh"])).code, 2);
});
