import { Audit } from "./audit.ts";
import { Budgets } from "./budgets.ts";
import { type Database, openDatabase, type OpenOptions } from "./database.ts";
import { JournalCopies } from "./journal_copies.ts";
import { KeystoreEntries } from "./keystore_entries.ts";
import { Gates } from "./gates.ts";
import { Ledger } from "./ledger.ts";
import { Logs } from "./logs.ts";
import { NestedRuns } from "./nested_runs.ts";
import { OwnerRow } from "./owner.ts";
import { Policy } from "./policy.ts";
import { Records } from "./records.ts";
import type { RunFile } from "./run_file/open_run_file.ts";
import { RunLinks } from "./run_links.ts";
import { Schedules } from "./schedules.ts";
import { Signals } from "./signals.ts";
import { StackRuns } from "./stack_runs.ts";
import { TaskFunctions } from "./task_functions.ts";
import { TaskRuns } from "./task_runs.ts";
import { Turns } from "./turns.ts";

/** The file with its tables. */
export interface Store {
  readonly db: Database;
  readonly owner: OwnerRow;
  readonly taskFunctions: TaskFunctions;
  readonly taskRuns: TaskRuns;
  readonly nestedRuns: NestedRuns;
  readonly turns: Turns;
  readonly stackRuns: StackRuns;
  readonly runLinks: RunLinks;
  readonly journalCopies: JournalCopies;
  readonly signals: Signals;
  readonly gates: Gates;
  readonly policy: Policy;
  readonly budgets: Budgets;
  readonly records: Records;
  readonly logs: Logs;
  readonly schedules: Schedules;
  readonly audit: Audit;
  readonly ledger: Ledger;
  readonly keystore: KeystoreEntries;
  /** Set when these are the rows of a run file: of one run, exported elsewhere, and only to be read. */
  readonly runFile?: RunFile;
  close(): void;
}

/** Opens the file at `path`; see `openDatabase` for what it refuses. */
export function openStore(path: string, options: OpenOptions = {}): Store {
  return storeOf(openDatabase(path, options));
}

/** The tables of a file that is open, and of this program's version. */
export function storeOf(db: Database): Store {
  return {
    db,
    owner: new OwnerRow(db),
    taskFunctions: new TaskFunctions(db),
    taskRuns: new TaskRuns(db),
    nestedRuns: new NestedRuns(db),
    turns: new Turns(db),
    stackRuns: new StackRuns(db),
    runLinks: new RunLinks(db),
    journalCopies: new JournalCopies(db),
    signals: new Signals(db),
    gates: new Gates(db),
    policy: new Policy(db),
    budgets: new Budgets(db),
    records: new Records(db),
    logs: new Logs(db),
    schedules: new Schedules(db),
    audit: new Audit(db),
    ledger: new Ledger(db),
    keystore: new KeystoreEntries(db),
    close: () => db.close(),
  };
}
