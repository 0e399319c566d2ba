import { TaskerError } from "../../core/errors.ts";
import type { Keystore } from "../../services/keystore/keystore.ts";
import type { Store } from "../../store/store.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, parseText } from "../flags.ts";
import { audited, DEFAULT_NAMESPACE, namespaceFlag, withKeystore } from "../keystore/open.ts";
import { note, warn, writeError } from "../output/errors.ts";
import { printJson } from "../reading.ts";
import { deleteKeyFile, type KeyFile, readKeyFile } from "./key_file.ts";
import { Questions } from "./questions.ts";
import {
  ADMINISTRATOR,
  delegation,
  delegationUrl,
  PROJECT,
  renderStep,
  SERVICE_ACCOUNT,
  type Step,
} from "./setup_guide.ts";

export interface GoogleSetupOptions {
  readonly database: string;
  readonly namespace: string;
  readonly key: string | undefined;
  readonly admins: readonly string[];
  readonly deleteKeyFile: boolean | undefined;
  readonly check: boolean | undefined;
  readonly json: boolean;
}

interface Flags {
  readonly namespace?: string;
  readonly key?: string;
  readonly admin?: readonly string[];
  readonly deleteKeyFile?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const googleSetupCommand = command<Flags>({
  brief: "Go through all that is needed before a Workspace can be searched",
  description:
    "Go through all that is needed before a Google Workspace can be searched: what to click and where, the key into the " +
    "keystore, the delegation with its form filled in, the administrator.\n\n" +
    "At a terminal it asks, step by step. Elsewhere, and with --json, it asks nothing: it does what the flags say and " +
    "prints the rest.",
  flags: {
    namespace: { ...namespaceFlag.namespace, brief: "Namespace for the credentials [default: default]" },
    key: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "file",
      brief: "Key file of the service account, to be taken into the keystore",
    },
    admin: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      variadic: ",",
      placeholder: "address",
      brief: "Administrator in whose name the directory is read; of several Workspaces, one of each",
    },
    deleteKeyFile: {
      kind: "boolean",
      optional: true,
      brief: "Delete the plain key file once the keystore has it",
    },
    check: { kind: "boolean", optional: true, brief: "Run tasker google check at the end" },
    ...jsonFlag,
    ...dbFlag,
  },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) => {
  if (flags.json && flags.check) {
    throw new TaskerError("USAGE", "--json and --check do not go together", {
      hint: "run `tasker google check --json` afterwards",
    });
  }
  return run({
    database: context.databasePath(flags.db),
    namespace: flags.namespace ?? DEFAULT_NAMESPACE,
    key: flags.key,
    admins: flags.admin ?? [],
    deleteKeyFile: flags.deleteKeyFile,
    check: flags.check,
    json: flags.json ?? false,
  }, context);
};

/** What a namespace of the keystore has, none of it secret. */
interface Account {
  readonly clientEmail: string;
  readonly clientId: string;
}

export async function run(options: GoogleSetupOptions, context: Context): Promise<ExitCode> {
  const { database, namespace, json } = options;
  const { terminal } = context;
  const questions = !json && Deno.stdin.isTerminal() && terminal.isTerminal.err
    ? new Questions((text) => terminal.err(text))
    : undefined;
  const mayCheck = await withKeystore(context, { database, create: true }, async (keystore, store) => {
    const setup = new Setup(options, context, keystore, store, questions);
    return await setup.run();
  });
  if (!mayCheck) return EXIT.ok;
  const wanted = options.check ?? await questions?.confirm("\nTry it now with `tasker google check`?", true) ?? false;
  if (!wanted) return EXIT.ok;
  terminal.out("\n");
  const { run } = await import("./check.ts");
  return await run({ database, namespace, user: undefined, quotaProfile: "new", json: false }, context);
}

class Setup {
  readonly #say: (text: string) => void;
  readonly #steps: Step[] = [];

  constructor(
    private readonly options: GoogleSetupOptions,
    private readonly context: Context,
    private readonly keystore: Keystore,
    private readonly store: Store,
    private readonly questions: Questions | undefined,
  ) {
    this.#say = (text) => options.json || context.terminal.out(text);
  }

  /** Whether there is enough for a check. */
  async run(): Promise<boolean> {
    const { options, context, questions } = this;
    const { namespace } = options;
    const { SEARCH_SCOPES } = await import("../../services/gapi/account_methods.ts");
    const { DELEGATION_PAGE } = await import("../../services/gapi/failure.ts");

    this.#show(PROJECT);
    this.#show(SERVICE_ACCOUNT);
    const file = await this.#takeKey();
    const account = await this.#account();
    const url = delegationUrl(DELEGATION_PAGE, { scopes: SEARCH_SCOPES, clientId: account?.clientId });
    this.#show(delegation(url, SEARCH_SCOPES));
    await questions?.ask("   Enter when that is done: ");
    this.#show(ADMINISTRATOR);
    await this.#takeAdmins();
    const deleted = file !== undefined && await this.#offerToDelete(file);
    await this.#warnOfServers();

    const admins = this.keystore.get(namespace, "GAPI_ADMIN_EMAIL");
    if (options.json) {
      printJson(context, {
        namespace,
        steps: this.#steps,
        clientEmail: account?.clientEmail ?? null,
        clientId: account?.clientId ?? null,
        scopes: SEARCH_SCOPES,
        delegationUrl: url,
        admins: await adminsOf(admins, namespace),
        keyStored: file !== undefined,
        keyFileDeleted: deleted,
      });
    } else if (questions === undefined) this.#sayWhatIsLeft(account !== undefined, admins !== undefined);
    return account !== undefined && admins !== undefined;
  }

  #show(step: Step): void {
    this.#say(renderStep(this.#steps.push(step), step));
  }

  /** The key file that is in the keystore now; undefined when none was given. */
  async #takeKey(): Promise<KeyFile | undefined> {
    const { options, questions, keystore } = this;
    const { namespace } = options;
    const isThere = keystore.has(namespace, "GAPI_KEY");
    const what = isThere
      ? "   Path of a new key file (Enter keeps the key that is stored): "
      : "   Path of the key file: ";
    for (let path = options.key;; path = undefined) {
      path ??= await questions?.ask(what);
      if (path === undefined || (path === "" && isThere)) return undefined;
      if (path === "") continue;
      try {
        const file = await readKeyFile(path, this.context);
        await this.#set("GAPI_KEY", file.text);
        const whose = `${file.clientEmail}, client id ${file.clientId}`;
        this.#say(`   stored, encrypted, as ${namespace}/GAPI_KEY: ${whose}\n`);
        return file;
      } catch (error) {
        if (questions === undefined || !(error instanceof TaskerError)) throw error;
        writeError(this.context.terminal, error);
      }
    }
  }

  async #set(name: string, value: string): Promise<void> {
    const { context, store, keystore, options: { namespace } } = this;
    await audited(context, store, { event: "entry set", entry: `${namespace}/${name}` }, () => {
      keystore.set(namespace, name, value);
      return true;
    });
  }

  async #account(): Promise<Account | undefined> {
    const text = this.keystore.get(this.options.namespace, "GAPI_KEY");
    if (text === undefined) return undefined;
    const { accountIn } = await import("../../services/gapi/credentials.ts");
    const account = accountIn(text);
    return typeof account === "string" ? undefined : account;
  }

  async #takeAdmins(): Promise<void> {
    const { options, questions, keystore, context } = this;
    const { namespace } = options;
    const { joinAdmins } = await import("../../services/gapi/credentials.ts");
    const known = keystore.get(namespace, "GAPI_ADMIN_EMAIL");
    let given = [...options.admins];
    for (;;) {
      if (given.length === 0 && questions !== undefined) given = await this.#askForAdmins(questions, known);
      if (given.length === 0) return;
      try {
        const value = joinAdmins(given);
        await this.#set("GAPI_ADMIN_EMAIL", value);
        this.#say(`   stored as ${namespace}/GAPI_ADMIN_EMAIL: ${given.join(", ")}\n`);
        return;
      } catch (error) {
        if (questions === undefined || !(error instanceof TaskerError)) throw error;
        writeError(context.terminal, error);
        given = [];
      }
    }
  }

  async #askForAdmins(questions: Questions, known: string | undefined): Promise<string[]> {
    const given: string[] = [];
    for (;;) {
      const more = given.length > 0
        ? " of another Workspace (Enter: no more)"
        : known === undefined
        ? ""
        : ` (Enter keeps ${known})`;
      const answer = await questions.ask(`   Administrator's address${more}: `);
      if (answer !== "") given.push(answer);
      else if (given.length > 0 || known !== undefined) return given;
    }
  }

  async #offerToDelete(file: KeyFile): Promise<boolean> {
    const { options, questions, keystore } = this;
    if (options.deleteKeyFile === false) return false;
    if (options.deleteKeyFile !== true) {
      const warning = `${file.path} still holds the key in plain text: whoever reads it can read all mail.`;
      if (questions === undefined) {
        note(this.context.terminal, `${file.path} still holds the key in plain text; --delete-key-file deletes it`);
        return false;
      }
      this.#say(`\n${warning}\n`);
      if (!await questions.confirm("Delete it?", false)) return false;
    }
    if (keystore.get(options.namespace, "GAPI_KEY") !== file.text) {
      throw new TaskerError("CONFLICT", `${file.path} was not deleted: the keystore has another key by now`);
    }
    await deleteKeyFile(file);
    this.#say(`\ndeleted ${file.path}\n`);
    return true;
  }

  /** A key of Google's beside the address of a local Workspace would be refused by every call. */
  async #warnOfServers(): Promise<void> {
    const { options: { namespace }, keystore, context } = this;
    const { parseCredentials } = await import("../../services/gapi/credentials.ts");
    const [key, admin, root] = ["GAPI_KEY", "GAPI_ADMIN_EMAIL", "GAPI_ROOT_URL"].map((name) =>
      keystore.get(namespace, name)
    );
    if (key === undefined) return;
    try {
      parseCredentials({ namespace, key, admin, root });
    } catch (error) {
      if (!(error instanceof TaskerError)) throw error;
      warn(context.terminal, error.message);
      if (error.hint !== undefined) note(context.terminal, `  hint: ${error.hint}`);
    }
  }

  #sayWhatIsLeft(hasKey: boolean, hasAdmin: boolean): void {
    const { options: { namespace, database, check }, context } = this;
    const flags = [
      ...(namespace === DEFAULT_NAMESPACE ? [] : [`--namespace ${namespace}`]),
      ...(hasKey ? [] : ["--key key.json"]),
      ...(hasAdmin ? [] : ["--admin admin@example.com"]),
    ].map((flag) => ` ${flag}`).join("");
    const db = context.databaseArgument(database);
    if (!hasKey || !hasAdmin) this.#say(`\nthen: tasker google setup${flags}${db}\n`);
    else if (!check) this.#say(`\nthen: tasker google check${flags}${db}\n`);
  }
}

async function adminsOf(text: string | undefined, namespace: string): Promise<Record<string, string>> {
  const { parseAdmins } = await import("../../services/gapi/credentials.ts");
  return Object.fromEntries(parseAdmins(text, namespace).byDomain);
}
