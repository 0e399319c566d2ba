import type { QuotaProfile } from "../../services/gapi/quota_costs.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, ownerFlags, parseText } from "../flags.ts";
import { DEFAULT_NAMESPACE, namespaceFlag, withKeystore } from "../keystore/open.ts";
import { safeLines } from "../output/errors.ts";
import { styled } from "../output/terminal.ts";
import { printJson } from "../reading.ts";

export interface GoogleCheckOptions {
  readonly database: string;
  readonly namespace: string;
  readonly user: string | undefined;
  readonly quotaProfile: QuotaProfile;
  readonly json: boolean;
}

interface Flags {
  readonly namespace?: string;
  readonly user?: string;
  readonly quotaProfile?: QuotaProfile;
  readonly json?: boolean;
  readonly db?: string;
}

export const googleCheckCommand = command<Flags>({
  brief: "Try everything that a search needs, and say what is missing",
  description:
    "Try everything that a search of a Google Workspace needs, one by one: the clock, the service account's key, each " +
    "scope, the administrator's rights, a mailbox of each domain. Nothing is kept and nothing changed.\n\n" +
    "Exit code 0 only when all of it passes, else 1.",
  flags: {
    namespace: { ...namespaceFlag.namespace, brief: "Namespace of the credentials [default: default]" },
    user: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "address",
      brief: "Try this mailbox, too",
    },
    quotaProfile: ownerFlags.quotaProfile,
    ...jsonFlag,
    ...dbFlag,
  },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({
    database: context.databasePath(flags.db),
    namespace: flags.namespace ?? DEFAULT_NAMESPACE,
    user: flags.user,
    quotaProfile: flags.quotaProfile ?? "new",
    json: flags.json ?? false,
  }, context);

/** Of all checks together, ms. */
const PATIENCE = 60_000;
const GOOGLE = "https://www.googleapis.com/";

export async function run(options: GoogleCheckOptions, context: Context): Promise<ExitCode> {
  const { database, namespace, user, quotaProfile, json } = options;
  const { terminal } = context;
  const { createGapiService } = await import("../../services/gapi/service.ts");
  const { apiRoot } = await import("../../services/gapi/endpoints.ts");
  const { checkSetup } = await import("../../services/gapi/setup_check.ts");
  const { systemClock } = await import("../../core/clock.ts");
  return await withKeystore(context, { database, create: false }, async (keystore) => {
    const gapi = createGapiService({
      clock: systemClock,
      secret: (space, name) => keystore.get(space, name),
      profile: quotaProfile,
    });
    const checks = [];
    try {
      const timeServer = new URL(apiRoot(keystore.get(namespace, "GAPI_ROOT_URL")) ?? GOOGLE);
      const signal = AbortSignal.timeout(PATIENCE);
      for await (const check of checkSetup({ gapi, clock: systemClock, namespace, user, timeServer, signal })) {
        checks.push(check);
        if (json) continue;
        const word = check.passed
          ? styled(terminal.color.out, "green", "PASS")
          : styled(terminal.color.out, "red", "FAIL");
        terminal.out(`${word}  ${safeLines(`${check.name}: ${check.detail}`)}\n`);
        if (check.hint === undefined) continue;
        terminal.out(`      ${styled(terminal.color.out, "dim", "hint:")} ${safeLines(check.hint)}\n`);
      }
    } finally {
      await gapi.stop?.();
    }
    const all = checks.every(({ passed }) => passed);
    if (json) printJson(context, { ok: all, namespace, checks });
    return all ? EXIT.ok : EXIT.failed;
  });
}
