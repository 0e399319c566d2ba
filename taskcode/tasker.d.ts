// deno-lint-ignore-file no-explicit-any
// The types of what task code finds in its realm, for editors and type checks. Nothing of it is part of a task.

declare namespace tasker {
  /** What crosses the border of a realm: what JSON can say. */
  type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
  /** What becomes one JSON object. */
  type Row = object;
  /** ms, or a text such as "90s", "30 min", "2h", "3 days", "1w". */
  type Duration = number | string;

  /** What a failed call throws. */
  interface CallError extends Error {
    /** `TIMEOUT`, `RATE_LIMITED`, `OUTCOME_UNKNOWN`, …: what `retry.nonRetryable` lists. */
    readonly code: string;
    /** What to do next. */
    readonly hint?: string;
    readonly details?: { readonly [fact: string]: unknown };
  }

  /** How calls are made. */
  interface CallOptions {
    /** Of one attempt. */
    readonly timeout?: Duration;
    /** How often and how late a call that failed in passing is tried again; without it 7 times, 1 s to 60 s apart. */
    readonly retry?: {
      readonly maxAttempts?: number;
      readonly initialInterval?: Duration;
      readonly backoffCoefficient?: number;
      readonly maximumInterval?: Duration;
      /** Codes of errors that are final at once. */
      readonly nonRetryable?: readonly string[];
    };
    /** Of `http` only: sent as Idempotency-Key, and makes the call repeatable. */
    readonly idempotencyKey?: string;
    /** At most `limit` calls with the key are in flight, over all runs. */
    readonly concurrencyKey?: { readonly key: string; readonly limit: number };
    /** -100 to 100; higher goes first. */
    readonly priority?: number;
  }

  /** A task's `export const manifest`: what it is, and everything that it may reach. */
  interface Manifest {
    readonly description?: string;
    /** JSON Schema of the task's argument; `"x-flag": { name, aliases }` names a property's command-line flag. */
    readonly input?: object;
    readonly services?: readonly (keyof Services)[];
    /** Namespaces of the keystore; `["default"]` when absent. */
    readonly namespaces?: readonly string[];
    /** Hosts that `http` may reach: "example.com", "*.example.com", "127.0.0.1:8080". */
    readonly hosts?: readonly string[];
    /** Google methods that change something and may be called: "gmail.users.messages.trash". */
    readonly writes?: readonly string[];
    readonly isolation?: "realm" | "worker";
    /** Whether `keystore.getKey` gives plain text. */
    readonly revealSecrets?: boolean;
    readonly limits?: {
      readonly maxOpenCalls?: number;
      /** Runs at a time. */
      readonly concurrency?: number;
      /** Runs that begin in a period: "100/min". */
      readonly rate?: string;
      /** How long a cancelled run may take to clean up. */
      readonly cleanUp?: Duration;
      /** When a run must be over, from its submission on. */
      readonly deadline?: Duration;
    };
  }

  /** Opaque: `http` puts the secret in its place, outside of the task. */
  interface SecretReference {
    readonly $secret: string;
  }
  type Secret = string | SecretReference | readonly (string | SecretReference)[];

  interface Records {
    /** Keeps rows of a kind, each exactly once. */
    append(kind: string, rows: Row | readonly Row[]): Promise<{ appended: number; last: number }>;
    /** Rows of the earlier run that the input names. */
    earlier<R = any>(
      kind: string,
      options: {
        readonly members: readonly string[];
        readonly after?: number;
        readonly where?: { readonly member: string; readonly atLeast?: Json; readonly among?: readonly Json[] };
      },
    ): Promise<{ rows: R[]; next: number | null }>;
  }

  interface Tasks {
    /** A nested run; gives its result, or throws its error. */
    execute<Result = any>(name: string, input?: unknown): Promise<Result>;
    /** A run of its own, which goes on whatever becomes of this one; gives its id. */
    start(
      name: string,
      input?: unknown,
      options?: {
        /** Of a task there is one run under a key. */
        readonly idempotencyKey?: string;
        /** -100 to 100; this run's when absent. */
        readonly priority?: number;
        /** When it must be over, from now on. */
        readonly deadline?: Duration;
      },
    ): Promise<string>;
    /** Waits for the end of a run; gives its result, or throws its error. Over its time it throws `TIMEOUT`. */
    result<Result = any>(id: string, options?: { readonly timeout?: Duration }): Promise<Result>;
  }

  interface Timer {
    /** Durable: it may take longer than any process lives. */
    sleep(duration: Duration): Promise<null>;
    /** ISO 8601 with its zone, or ms since 1970. */
    sleepUntil(date: string | number | Date): Promise<null>;
  }

  interface Signals {
    /** What is sent to the run under this name: `tasker signal RUN NAME --data JSON`. */
    wait<Data = any>(
      name: string,
      options?: { readonly question?: string; readonly schema?: object; readonly timeout?: Duration },
    ): Promise<Data>;
  }

  interface HttpAnswer {
    readonly status: number;
    readonly statusText: string;
    readonly url: string;
    /** By name in lower case. */
    readonly headers: { readonly [name: string]: string };
    readonly body: string;
    /** Instead of `body`, when the bytes are no UTF-8. */
    readonly bodyBase64?: string;
  }

  interface Http {
    fetch(
      url: string,
      options?: {
        readonly method?: string;
        readonly headers?: { readonly [name: string]: Secret | number } | readonly (readonly [string, Secret])[];
        readonly body?: Secret;
        readonly bodyBase64?: string;
        readonly json?: unknown;
        readonly redirect?: "follow" | "manual" | "error";
        /** Of one attempt, ms. */
        readonly timeout?: number;
        /** Sends the call's id as Idempotency-Key. */
        readonly idempotencyKey?: boolean;
      },
    ): Promise<HttpAnswer>;
  }

  interface Keystore {
    /** null when there is no such key. With `revealSecrets` in the manifest it is the plain text: `getKey<string>(…)`. */
    getKey<Kind extends SecretReference | string = SecretReference>(name: string): Promise<Kind | null>;
    getKey<Kind extends SecretReference | string = SecretReference>(
      namespace: string,
      name: string,
    ): Promise<Kind | null>;
    /** Copies an entry. */
    setKey(name: string, reference: SecretReference): Promise<true>;
    setKey(namespace: string, name: string, reference: SecretReference): Promise<true>;
    hasKey(name: string): Promise<boolean>;
    hasKey(namespace: string, name: string): Promise<boolean>;
    listKeys(namespace?: string): Promise<string[]>;
    listNamespaces(): Promise<string[]>;
  }

  interface Evidence {
    found(params: { readonly run: string; readonly kind: string; readonly after?: number }): Promise<any>;
  }

  interface Run {
    /** What `run`, `runs` and `show` tell of it while it goes on. */
    progress(
      done: number,
      total?: number | null,
      words?: { readonly unit?: string; readonly note?: string },
    ): Promise<null>;
    /** Ends the run; a new one of the same version goes on with the input. It never answers: return it. */
    continueAsNew(input?: unknown): Promise<never>;
    /** IANA, of the machine where the run began. */
    timeZone(): Promise<string>;
    /** What lies there in the result of the earlier run that the input names. */
    earlier<Value = any>(path: readonly string[]): Promise<Value | null>;
  }

  interface Log {
    debug(...values: readonly unknown[]): Promise<null>;
    info(...values: readonly unknown[]): Promise<null>;
    warn(...values: readonly unknown[]): Promise<null>;
    error(...values: readonly unknown[]): Promise<null>;
  }

  /** A chain is one call, made when it is awaited. */
  type Answered<R> = { data: R; error: null | { message: string }; count: number | null };
  interface Chain<R = any> extends Pick<Promise<Answered<R>>, "then" | "catch" | "finally"> {
    select(columns?: string, options?: { readonly count?: "exact"; readonly head?: boolean }): Chain<any>;
    insert(rows: Row | readonly Row[]): Chain<any>;
    upsert(rows: Row | readonly Row[], options?: object): Chain<any>;
    update(values: Row): Chain<any>;
    delete(): Chain<any>;
    eq(column: string, value: Json): Chain<R>;
    neq(column: string, value: Json): Chain<R>;
    gt(column: string, value: Json): Chain<R>;
    gte(column: string, value: Json): Chain<R>;
    lt(column: string, value: Json): Chain<R>;
    lte(column: string, value: Json): Chain<R>;
    like(column: string, pattern: string): Chain<R>;
    ilike(column: string, pattern: string): Chain<R>;
    in(column: string, values: readonly Json[]): Chain<R>;
    is(column: string, value: null | boolean): Chain<R>;
    match(values: { readonly [column: string]: Json }): Chain<R>;
    order(column: string, options?: { readonly ascending?: boolean }): Chain<R>;
    limit(rows: number): Chain<R>;
    range(from: number, to: number): Chain<R>;
    single(): Chain<any>;
    maybeSingle(): Chain<any>;
    throwOnError(): Chain<R>;
  }

  interface Database {
    from(table: string): Chain;
  }

  /** A method of a Google API: its parameters as the API's reference names them; of a user, `userId` says whose. */
  type GoogleMethod = <Answer = any>(params?: object, options?: object) => Promise<Answer>;

  interface Gapi {
    checkCredentials: GoogleMethod;
    clearTokenCache: GoogleMethod;
    getQuota: GoogleMethod;
    getTokenInfo: GoogleMethod;
    admin: {
      asps: {
        delete: GoogleMethod;
        get: GoogleMethod;
        list: GoogleMethod;
      };
      channels: {
        stop: GoogleMethod;
      };
      chromeosdevices: {
        action: GoogleMethod;
        get: GoogleMethod;
        list: GoogleMethod;
        moveDevicesToOu: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
      };
      customer: {
        devices: {
          chromeos: {
            batchChangeStatus: GoogleMethod;
            countChromeOsDevices: GoogleMethod;
            issueCommand: GoogleMethod;
            commands: {
              get: GoogleMethod;
            };
          };
        };
      };
      customers: {
        get: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
        chrome: {
          printServers: {
            batchCreatePrintServers: GoogleMethod;
            batchDeletePrintServers: GoogleMethod;
            create: GoogleMethod;
            delete: GoogleMethod;
            get: GoogleMethod;
            list: GoogleMethod;
            patch: GoogleMethod;
          };
          printers: {
            batchCreatePrinters: GoogleMethod;
            batchDeletePrinters: GoogleMethod;
            create: GoogleMethod;
            delete: GoogleMethod;
            get: GoogleMethod;
            list: GoogleMethod;
            listPrinterModels: GoogleMethod;
            patch: GoogleMethod;
          };
        };
      };
      domainAliases: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
      };
      domains: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
      };
      groups: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
        aliases: {
          delete: GoogleMethod;
          insert: GoogleMethod;
          list: GoogleMethod;
        };
      };
      members: {
        delete: GoogleMethod;
        get: GoogleMethod;
        hasMember: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
      };
      mobiledevices: {
        action: GoogleMethod;
        delete: GoogleMethod;
        get: GoogleMethod;
        list: GoogleMethod;
      };
      orgunits: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
      };
      privileges: {
        list: GoogleMethod;
      };
      resources: {
        buildings: {
          delete: GoogleMethod;
          get: GoogleMethod;
          insert: GoogleMethod;
          list: GoogleMethod;
          patch: GoogleMethod;
          update: GoogleMethod;
        };
        calendars: {
          delete: GoogleMethod;
          get: GoogleMethod;
          insert: GoogleMethod;
          list: GoogleMethod;
          patch: GoogleMethod;
          update: GoogleMethod;
        };
        features: {
          delete: GoogleMethod;
          get: GoogleMethod;
          insert: GoogleMethod;
          list: GoogleMethod;
          patch: GoogleMethod;
          rename: GoogleMethod;
          update: GoogleMethod;
        };
      };
      roleAssignments: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
      };
      roles: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
      };
      schemas: {
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
        patch: GoogleMethod;
        update: GoogleMethod;
      };
      tokens: {
        delete: GoogleMethod;
        get: GoogleMethod;
        list: GoogleMethod;
      };
      twoStepVerification: {
        turnOff: GoogleMethod;
      };
      users: {
        createGuest: GoogleMethod;
        delete: GoogleMethod;
        get: GoogleMethod;
        insert: GoogleMethod;
        list: GoogleMethod;
        makeAdmin: GoogleMethod;
        patch: GoogleMethod;
        signOut: GoogleMethod;
        undelete: GoogleMethod;
        update: GoogleMethod;
        watch: GoogleMethod;
        aliases: {
          delete: GoogleMethod;
          insert: GoogleMethod;
          list: GoogleMethod;
          watch: GoogleMethod;
        };
        photos: {
          delete: GoogleMethod;
          get: GoogleMethod;
          patch: GoogleMethod;
          update: GoogleMethod;
        };
      };
      verificationCodes: {
        generate: GoogleMethod;
        invalidate: GoogleMethod;
        list: GoogleMethod;
      };
    };
    gmail: {
      users: {
        getProfile: GoogleMethod;
        stop: GoogleMethod;
        watch: GoogleMethod;
        drafts: {
          create: GoogleMethod;
          delete: GoogleMethod;
          get: GoogleMethod;
          list: GoogleMethod;
          send: GoogleMethod;
          update: GoogleMethod;
        };
        history: {
          list: GoogleMethod;
        };
        labels: {
          create: GoogleMethod;
          delete: GoogleMethod;
          get: GoogleMethod;
          list: GoogleMethod;
          patch: GoogleMethod;
          update: GoogleMethod;
        };
        messages: {
          batchDelete: GoogleMethod;
          batchModify: GoogleMethod;
          delete: GoogleMethod;
          get: GoogleMethod;
          getMany: GoogleMethod;
          import: GoogleMethod;
          insert: GoogleMethod;
          list: GoogleMethod;
          modify: GoogleMethod;
          saveMany: GoogleMethod;
          send: GoogleMethod;
          trash: GoogleMethod;
          untrash: GoogleMethod;
          attachments: {
            get: GoogleMethod;
          };
        };
        settings: {
          getAutoForwarding: GoogleMethod;
          getImap: GoogleMethod;
          getLanguage: GoogleMethod;
          getPop: GoogleMethod;
          getVacation: GoogleMethod;
          updateAutoForwarding: GoogleMethod;
          updateImap: GoogleMethod;
          updateLanguage: GoogleMethod;
          updatePop: GoogleMethod;
          updateVacation: GoogleMethod;
          cse: {
            identities: {
              create: GoogleMethod;
              delete: GoogleMethod;
              get: GoogleMethod;
              list: GoogleMethod;
              patch: GoogleMethod;
            };
            keypairs: {
              create: GoogleMethod;
              disable: GoogleMethod;
              enable: GoogleMethod;
              get: GoogleMethod;
              list: GoogleMethod;
              obliterate: GoogleMethod;
            };
          };
          delegates: {
            create: GoogleMethod;
            delete: GoogleMethod;
            get: GoogleMethod;
            list: GoogleMethod;
          };
          filters: {
            create: GoogleMethod;
            delete: GoogleMethod;
            get: GoogleMethod;
            list: GoogleMethod;
          };
          forwardingAddresses: {
            create: GoogleMethod;
            delete: GoogleMethod;
            get: GoogleMethod;
            list: GoogleMethod;
          };
          sendAs: {
            create: GoogleMethod;
            delete: GoogleMethod;
            get: GoogleMethod;
            list: GoogleMethod;
            patch: GoogleMethod;
            update: GoogleMethod;
            verify: GoogleMethod;
            smimeInfo: {
              delete: GoogleMethod;
              get: GoogleMethod;
              insert: GoogleMethod;
              list: GoogleMethod;
              setDefault: GoogleMethod;
            };
          };
        };
        threads: {
          delete: GoogleMethod;
          get: GoogleMethod;
          list: GoogleMethod;
          modify: GoogleMethod;
          trash: GoogleMethod;
          untrash: GoogleMethod;
        };
      };
    };
    reports: {
      activities: {
        list: GoogleMethod;
        watch: GoogleMethod;
      };
      channels: {
        stop: GoogleMethod;
      };
      customerUsageReports: {
        get: GoogleMethod;
      };
      entityUsageReports: {
        get: GoogleMethod;
      };
      userUsageReport: {
        get: GoogleMethod;
      };
    };
  }

  /** Every other Google API by its discovery document: `gapi.drive.v3.files.list({ … })`. */
  interface AnyApi {
    readonly [segment: string]: any;
  }

  interface Services {
    readonly gapi: Gapi & AnyApi;
    readonly keystore: Keystore;
    readonly database: Database;
    readonly tasks: Tasks;
    readonly timer: Timer;
    readonly http: Http;
    readonly records: Records;
    readonly log: Log;
    readonly run: Run;
    readonly evidence: Evidence;
    readonly signals: Signals;
  }

  interface Tools extends Services {
    /** The same tools, whose calls are made so. */
    with(options: CallOptions): Services;
  }
}

/** What a task can reach: each call is recorded, and made at most once more than needed. */
declare const tools: tasker.Tools;

/** The same calls in the earlier system's words: `__callHostTool__("http", ["fetch"], [url])`. */
declare function __callHostTool__<Result = any>(
  service: string,
  path: string | readonly string[],
  args?: readonly unknown[] | null,
  options?: tasker.CallOptions,
): Promise<Result>;
