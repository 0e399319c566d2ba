import type { Group } from "./asked_routes.ts";

const keystore: Group = {
  brief: "Keep secrets, encrypted, for tasks to use",
  routes: {
    set: async () => (await import("./keystore/set.ts")).keystoreSetCommand,
    get: async () => (await import("./keystore/get.ts")).keystoreGetCommand,
    list: async () => (await import("./keystore/list.ts")).keystoreListCommand,
    delete: async () => (await import("./keystore/delete.ts")).keystoreDeleteCommand,
    namespaces: async () => (await import("./keystore/namespaces.ts")).keystoreNamespacesCommand,
  },
};

const gmail: Group = {
  brief: "Understand Gmail's search language",
  routes: { query: async () => (await import("./gmail/query.ts")).gmailQueryCommand },
};

const google: Group = {
  brief: "Set up a Google Workspace for searching, and look whether it can be",
  routes: {
    setup: async () => (await import("./google/setup.ts")).googleSetupCommand,
    check: async () => (await import("./google/check.ts")).googleCheckCommand,
  },
};

const policy: Group = {
  brief: "Say which calls may leave this machine, and about which a person is asked",
  routes: {
    list: async () => (await import("./policy/list.ts")).policyListCommand,
    add: async () => (await import("./policy/add.ts")).policyAddCommand,
    remove: async () => (await import("./policy/remove.ts")).policyRemoveCommand,
    check: async () => (await import("./policy/check.ts")).policyCheckCommand,
  },
};

const budget: Group = {
  brief: "Say how much calls that leave this machine may use, per run or day",
  routes: {
    list: async () => (await import("./budget/list.ts")).budgetListCommand,
    set: async () => (await import("./budget/set.ts")).budgetSetCommand,
    remove: async () => (await import("./budget/remove.ts")).budgetRemoveCommand,
  },
};

const approvals: Group = {
  brief: "Show the calls that wait for a person, and decide about them",
  routes: {
    list: async () => (await import("./approvals/list.ts")).approvalsListCommand,
    approve: async () => (await import("./approvals/approve.ts")).approveCommand,
    refuse: async () => (await import("./approvals/approve.ts")).refuseCommand,
  },
  byDefault: "list",
};

const debug: Group = {
  brief: "Look into the database, and clear it",
  routes: {
    db: async () => (await import("./debug/db.ts")).debugDbCommand,
    logs: async () => (await import("./debug/logs.ts")).debugLogsCommand,
    clear: async () => (await import("./debug/clear.ts")).debugClearCommand,
  },
};

const schedule: Group = {
  brief: "Run tasks again and again, at the times of cron patterns",
  routes: {
    add: async (...asked) => (await import("./schedule/add_command.ts")).scheduleAddFor(...asked),
    list: async () => (await import("./schedule/list.ts")).scheduleListCommand,
    pause: async () => (await import("./schedule/change.ts")).schedulePauseCommand,
    resume: async () => (await import("./schedule/change.ts")).scheduleResumeCommand,
    remove: async () => (await import("./schedule/change.ts")).scheduleRemoveCommand,
  },
};

/** All commands, as `tasker --help` lists them. */
export const COMMANDS: Group = {
  brief: "Durable tasks on one machine, and the search of Gmail in every mailbox of a Google Workspace",
  description: "Durable tasks on one machine, and the search of Gmail in every mailbox of a Google Workspace.\n\n" +
    "  tasker demo                              try it on a local Workspace\n" +
    "  tasker run gmail-search --query TEXT     search; Ctrl-C holds it, tasker resume goes on\n\n" +
    "--db PATH (or TASKER_DB) names the database, before or after any command that has one.\n" +
    "Exit codes: 0 ok, 1 the task failed (diff, replay, test: something differs), 2 usage, 3 not found, 4 cancelled or held, 5 some selected user could not be " +
    "read, 6 waiting until a time it names, 7 database unusable.",
  routes: {
    run: async (...asked) => (await import("./run_command.ts")).runFor(...asked),
    resume: async () => (await import("./resume_command.ts")).resumeCommand,
    retry: async () => (await import("./retry_command.ts")).retryCommand,
    runs: async () => (await import("./runs.ts")).runsCommand,
    show: async () => (await import("./show.ts")).showCommand,
    signal: async () => (await import("./signal.ts")).signalCommand,
    cancel: async () => (await import("./cancel.ts")).cancelCommand,
    replay: async () => (await import("./replay_command.ts")).replayCommand,
    test: async () => (await import("./test_command.ts")).testCommand,
    fork: async () => (await import("./fork_command.ts")).forkCommand,
    records: async () => (await import("./records_command.ts")).recordsCommand,
    sql: async () => (await import("./sql_command.ts")).sqlCommand,
    diff: async () => (await import("./diff_command.ts")).diffCommand,
    exportRun: async () => (await import("./export_run.ts")).exportRunCommand,
    open: async () => (await import("./open_command.ts")).openCommand,
    export: async () => (await import("./evidence/export_command.ts")).exportCommand,
    verify: async () => (await import("./evidence/verify_command.ts")).verifyCommand,
    audit: async () => (await import("./audit_command.ts")).auditCommand,
    ledger: async () => (await import("./ledger_command.ts")).ledgerCommand,
    gmail,
    google,
    new: async () => (await import("./new.ts")).newCommand,
    dev: async (...asked) => (await import("./dev/command.ts")).devFor(...asked),
    publish: async () => (await import("./publish.ts")).publishCommand,
    versions: async () => (await import("./versions.ts")).versionsCommand,
    keystore,
    policy,
    budget,
    approvals,
    schedule,
    serve: async () => (await import("./serve.ts")).serveCommand,
    mcp: async () => (await import("./mcp/command.ts")).mcpCommand,
    gc: async () => (await import("./gc.ts")).gcCommand,
    backup: async () => (await import("./backup.ts")).backupCommand,
    restore: async () => (await import("./restore.ts")).restoreCommand,
    doctor: async () => (await import("./doctor/doctor_command.ts")).doctorCommand,
    sandbox: async () => (await import("./sandbox.ts")).sandboxCommand,
    demo: async () => (await import("./demo_command.ts")).demoCommand,
    debug,
    completions: async () => (await import("./completions.ts")).completionsCommand,
  },
};
