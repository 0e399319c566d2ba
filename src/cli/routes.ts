import { buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import { approveCommand, refuseCommand } from "./approvals/approve.ts";
import { approvalsListCommand } from "./approvals/list.ts";
import { auditCommand } from "./audit_command.ts";
import { backupCommand } from "./backup.ts";
import { budgetListCommand } from "./budget/list.ts";
import { budgetRemoveCommand } from "./budget/remove.ts";
import { budgetSetCommand } from "./budget/set.ts";
import { cancelCommand } from "./cancel.ts";
import { completionsCommand } from "./completions.ts";
import type { Context } from "./context.ts";
import { debugClearCommand } from "./debug/clear.ts";
import { debugDbCommand } from "./debug/db.ts";
import { debugLogsCommand } from "./debug/logs.ts";
import { demoCommand } from "./demo.ts";
import { devCommand } from "./dev/command.ts";
import { diffCommand } from "./diff_command.ts";
import { gcCommand } from "./gc.ts";
import { forkCommand } from "./fork_command.ts";
import { gmailQueryCommand } from "./gmail/query.ts";
import { doctorCommand } from "./doctor/doctor_command.ts";
import { exportCommand } from "./evidence/export_command.ts";
import { exportRunCommand } from "./export_run.ts";
import { verifyCommand } from "./evidence/verify_command.ts";
import { googleCheckCommand } from "./google/check.ts";
import { googleSetupCommand } from "./google/setup.ts";
import { keystoreDeleteCommand } from "./keystore/delete.ts";
import { keystoreGetCommand } from "./keystore/get.ts";
import { keystoreListCommand } from "./keystore/list.ts";
import { keystoreNamespacesCommand } from "./keystore/namespaces.ts";
import { keystoreSetCommand } from "./keystore/set.ts";
import { ledgerCommand } from "./ledger_command.ts";
import { mcpCommand } from "./mcp/command.ts";
import { newCommand } from "./new.ts";
import { openCommand } from "./open_command.ts";
import { policyAddCommand } from "./policy/add.ts";
import { policyCheckCommand } from "./policy/check.ts";
import { policyListCommand } from "./policy/list.ts";
import { policyRemoveCommand } from "./policy/remove.ts";
import { publishCommand } from "./publish.ts";
import { recordsCommand } from "./records_command.ts";
import { replayCommand } from "./replay_command.ts";
import { restoreCommand } from "./restore.ts";
import { resumeCommand } from "./resume.ts";
import { retryCommand } from "./retry_command.ts";
import { runCommand } from "./run_command.ts";
import { runsCommand } from "./runs.ts";
import { sandboxCommand } from "./sandbox.ts";
import { scheduleAddCommand } from "./schedule/add_command.ts";
import { schedulePauseCommand, scheduleRemoveCommand, scheduleResumeCommand } from "./schedule/change.ts";
import { scheduleListCommand } from "./schedule/list.ts";
import { serveCommand } from "./serve.ts";
import { showCommand } from "./show.ts";
import { signalCommand } from "./signal.ts";
import { sqlCommand } from "./sql_command.ts";
import { testCommand } from "./test_command.ts";
import { versionsCommand } from "./versions.ts";

const keystore = buildRouteMap<string, Context>({
  routes: {
    set: keystoreSetCommand,
    get: keystoreGetCommand,
    list: keystoreListCommand,
    delete: keystoreDeleteCommand,
    namespaces: keystoreNamespacesCommand,
  },
  docs: { brief: "Keep secrets, encrypted, for tasks to use" },
});

const gmail = buildRouteMap<string, Context>({
  routes: { query: gmailQueryCommand },
  docs: { brief: "Understand Gmail's search language" },
});

const google = buildRouteMap<string, Context>({
  routes: { setup: googleSetupCommand, check: googleCheckCommand },
  docs: { brief: "Set up a Google Workspace for searching, and look whether it can be" },
});

const policy = buildRouteMap<string, Context>({
  routes: { list: policyListCommand, add: policyAddCommand, remove: policyRemoveCommand, check: policyCheckCommand },
  docs: { brief: "Say which calls may leave this machine, and about which a person is asked" },
});

const budget = buildRouteMap<string, Context>({
  routes: { list: budgetListCommand, set: budgetSetCommand, remove: budgetRemoveCommand },
  docs: { brief: "Say how much calls that leave this machine may use, per run or day" },
});

const approvals = buildRouteMap<string, Context>({
  routes: { list: approvalsListCommand, approve: approveCommand, refuse: refuseCommand },
  defaultCommand: "list",
  docs: { brief: "Show the calls that wait for a person, and decide about them" },
});

const debug = buildRouteMap<string, Context>({
  routes: { db: debugDbCommand, logs: debugLogsCommand, clear: debugClearCommand },
  docs: { brief: "Look into the database, and clear it" },
});

/** Commands with the flags of the task that they are about, once that is named. */
export interface TaskRoutes {
  readonly run?: RouteMap<Context>;
  readonly scheduleAdd?: Command<Context>;
  readonly dev?: Command<Context>;
}

/** The commands. */
export function buildRoutes({ run, scheduleAdd, dev }: TaskRoutes): RouteMap<Context> {
  const schedule = buildRouteMap<string, Context>({
    routes: {
      add: scheduleAdd ?? scheduleAddCommand,
      list: scheduleListCommand,
      pause: schedulePauseCommand,
      resume: scheduleResumeCommand,
      remove: scheduleRemoveCommand,
    },
    docs: { brief: "Run tasks again and again, at the times of cron patterns" },
  });
  return buildRouteMap<string, Context>({
    routes: {
      run: run ?? runCommand,
      resume: resumeCommand,
      retry: retryCommand,
      runs: runsCommand,
      show: showCommand,
      signal: signalCommand,
      cancel: cancelCommand,
      replay: replayCommand,
      test: testCommand,
      fork: forkCommand,
      records: recordsCommand,
      sql: sqlCommand,
      diff: diffCommand,
      exportRun: exportRunCommand,
      open: openCommand,
      export: exportCommand,
      verify: verifyCommand,
      audit: auditCommand,
      ledger: ledgerCommand,
      gmail,
      google,
      new: newCommand,
      dev: dev ?? devCommand,
      publish: publishCommand,
      versions: versionsCommand,
      keystore,
      policy,
      budget,
      approvals,
      schedule,
      serve: serveCommand,
      mcp: mcpCommand,
      gc: gcCommand,
      backup: backupCommand,
      restore: restoreCommand,
      doctor: doctorCommand,
      sandbox: sandboxCommand,
      demo: demoCommand,
      debug,
      completions: completionsCommand,
    },
    docs: {
      brief: "Durable tasks on one machine, and the search of Gmail in every mailbox of a Google Workspace",
      fullDescription:
        "Durable tasks on one machine, and the search of Gmail in every mailbox of a Google Workspace.\n\n" +
        "  tasker demo                              try it on a local Workspace\n" +
        "  tasker run gmail-search --query TEXT     search; Ctrl-C holds it, tasker resume goes on\n\n" +
        "--db PATH (or TASKER_DB) names the database, before or after any command that has one.\n" +
        "Exit codes: 0 ok, 1 the task failed (diff, replay, test: something differs), 2 usage, 3 not found, 4 cancelled or held, 5 some selected user could not be " +
        "read, 6 waiting until a time it names, 7 database unusable.",
    },
  });
}
