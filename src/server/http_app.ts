import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { Clock } from "../core/clock.ts";
import { serializeError, TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { isAtRest } from "../core/states.ts";
import type { Engine } from "../engine/engine.ts";
import { findTask } from "../engine/submit.ts";
import { asTaskerError } from "../store/file_errors.ts";
import { newestById } from "../store/run_links.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { ErrorAnswer, HealthView, RunView, SignalAnswer, SubmitAnswer, TaskSchemaView } from "./api.ts";
import { answersIn, duration, newId, optionalText, runPriority, seqOf, submissionKey, text, texts } from "./fields.ts";
import { approvalRoutes } from "./approval_routes.ts";
import { budgetViews } from "./budget_views.ts";
import { guard } from "./guard.ts";
import { readObject } from "./request_body.ts";
import { scheduleRoutes } from "./schedule_routes.ts";
import { statusOf } from "./status.ts";
import { runView, taskView } from "./views.ts";
import { readWait, waitForEnd } from "./wait_for_end.ts";

/** Shortest time between two events of a run that goes on, ms. */
const EVENT_INTERVAL = 150;
/** A comment this often tells an idle events stream's client that the server lives, ms. */
const KEEP_ALIVE = 15_000;

export interface HttpAppOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: Clock;
  readonly token: string;
  /** Aborted when the server stops: streams of events end. */
  readonly closing: AbortSignal;
  health(): HealthView;
  /** Answers what comes to /mcp, when the owner offers it. */
  readonly mcp?: ((request: Request) => Promise<Response>) | undefined;
}

/** The HTTP surface: the task API, and the stack processor for others than the chain. Every answer speaks of committed rows only. */
export function httpApp(options: HttpAppOptions): Hono {
  const { engine, store } = options;
  const answerTo = (error: unknown): ErrorAnswer => {
    const { code, message, hint } = serializeError(asTaskerError(store.db.path, error));
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  };
  const app = new Hono();
  app.use(guard(options.token));
  app.notFound((c) => {
    throw new TaskerError("NOT_FOUND", `there is nothing at ${c.req.method} ${shortened(c.req.path)}`, {
      hint: "the README lists what this server answers",
    });
  });
  app.onError((error, c) => {
    const answer = answerTo(error);
    return c.json(answer, statusOf(answer.error.code));
  });

  const { mcp } = options;
  if (mcp !== undefined) app.all("/mcp", (c) => mcp(c.req.raw));

  app.get("/health", (c) => c.json(options.health()));

  app.post("/functions/v1/simple-stack-processor", async (c) => {
    if ((await readObject(c.req.raw)).trigger !== "process-next") {
      throw new TaskerError("INVALID_INPUT", "the stack processor has no such trigger", {
        hint: 'it knows one: {"trigger":"process-next"}',
      });
    }
    engine.step();
    return c.json({ status: "accepted" }, 202);
  });

  app.post("/functions/v1/tasks/execute", async (c) => {
    const body = await readObject(c.req.raw);
    const taskName = text(body.taskName ?? body.task_identifier, "taskName");
    const id = body.id === undefined ? undefined : newId(body.id);
    const idempotencyKey = submissionKey(body.idempotencyKey);
    const priority = runPriority(body.priority);
    const cause = { reason: optionalText(body.reason, "reason"), by: optionalText(body.by, "by") };
    const ms = readWait(body.wait);
    const deadline = duration(body.deadline, "deadline");
    const input = (body.input ?? {}) as Json;
    const draft = optionalText(body.draft, "draft");
    const ids = await engine.submit({ id, idempotencyKey, taskName, draft, input, priority, deadline, ...cause });
    if (ms > 0 && await waitForEnd(options, ids.taskRunId, ms)) {
      return c.json(runView(store, newestRun(store, ids.taskRunId)));
    }
    const answer: SubmitAnswer = { ...ids, status: "submitted", message: `${taskName} is submitted` };
    return c.json(answer, 202);
  });

  app.post("/functions/v1/tasks/fork", async (c) => {
    const { input, ...body } = await readObject(c.req.raw);
    const id = body.id === undefined ? undefined : newId(body.id);
    const cause = { reason: optionalText(body.reason, "reason"), by: optionalText(body.by, "by") };
    const from = body.from === undefined ? undefined : seqOf(body.from, "from");
    const run = text(body.run, "run");
    const ids = await engine.fork({
      id,
      run,
      from,
      input,
      set: answersIn(body.set),
      latest: body.latest === true,
      draft: optionalText(body.draft, "draft"),
      answers: body.answers === true,
      ...cause,
    });
    const answer: SubmitAnswer = { ...ids, status: "submitted", message: `run ${run} is forked` };
    return c.json(answer, 202);
  });

  app.post("/functions/v1/tasks/retry", async (c) => {
    const body = await readObject(c.req.raw);
    const id = body.id === undefined ? undefined : newId(body.id);
    const cause = { reason: optionalText(body.reason, "reason"), by: optionalText(body.by, "by") };
    const run = text(body.run, "run");
    const ids = await engine.retry({ id, run, latest: body.latest === true, ...cause });
    const answer: SubmitAnswer = { ...ids, status: "submitted", message: `run ${run} is retried` };
    return c.json(answer, 202);
  });

  app.post("/functions/v1/tasks/signal", async (c) => {
    const { data = null, ...body } = await readObject(c.req.raw);
    const signal = { id: text(body.id, "id"), name: text(body.name, "name") };
    const signalId = optionalText(body.signalId, "signalId");
    const sent = await engine.signal({ ...signal, data, signalId });
    const answer: SignalAnswer = { taskRunId: signal.id, name: signal.name, ...sent };
    return c.json(answer);
  });

  app.post("/functions/v1/tasks/cancel", async (c) => {
    const { now = false, ...body } = await readObject(c.req.raw);
    const id = text(body.id, "id");
    if (typeof now !== "boolean") throw new TaskerError("INVALID_INPUT", "`now` must be true or false");
    await engine.cancel(id, { now });
    return c.json(runView(store, newestRun(store, id)));
  });

  for (const action of ["hold", "resume"] as const) {
    app.post(`/functions/v1/tasks/${action}`, async (c) => {
      const id = text((await readObject(c.req.raw)).id, "id");
      await engine[action](id);
      return c.json(runView(store, newestRun(store, id)));
    });
  }

  app.post("/functions/v1/tasks/upgrade", async (c) => {
    const body = await readObject(c.req.raw);
    const id = text(body.id, "id");
    await engine.upgrade(id, optionalText(body.by, "by"));
    return c.json(runView(store, newestRun(store, id)));
  });

  app.post("/functions/v1/tasks/discard", async (c) => {
    const { ids, by } = await readObject(c.req.raw);
    return c.json({ left: await engine.discard(texts(ids, "ids"), optionalText(by, "by")) });
  });

  app.get("/functions/v1/tasks/status", async (c) => {
    const ms = readWait(c.req.query("wait"));
    if (ms === 0) return c.json(runView(store, findRun(store, c.req.query("id"))));
    const { id } = newestRun(store, c.req.query("id"));
    await waitForEnd(options, id, ms);
    return c.json(runView(store, newestRun(store, id)));
  });

  app.get("/functions/v1/tasks/logs", (c) => {
    const { run } = findRun(store, c.req.query("id"));
    const after = Number(c.req.query("after") ?? 0);
    return c.json({ logs: store.logs.page({ run, after: Number.isSafeInteger(after) ? after : 0, limit: 1000 }) });
  });

  app.get("/functions/v1/tasks/list", (c) => c.json({ tasks: store.taskFunctions.list().map(taskView) }));

  app.get("/functions/v1/tasks/schema", (c) => {
    const task = findTask(store, text(c.req.query("name"), "name"));
    const { input, services, namespaces } = task.manifest;
    const view: TaskSchemaView = { ...taskView(task), input, services, namespaces };
    return c.json(view);
  });

  app.route("/functions/v1/approvals", approvalRoutes({ engine, store }));

  app.get("/functions/v1/policy", (c) => c.json({ rules: store.policy.all() }));

  app.get("/functions/v1/budgets", (c) => c.json({ budgets: budgetViews(store, options.clock.now()) }));

  app.route("/functions/v1/schedules", scheduleRoutes({ engine, store }));

  app.get("/functions/v1/tasks/events", (c) => {
    const { id } = newestRun(store, c.req.query("id"));
    return streamSSE(c, async (stream) => {
      let wake = () => {};
      let changed = true;
      let atRest = false;
      const stop = engine.watch(id, (isNow) => {
        changed = true;
        atRest = isNow;
        wake();
      });
      const end = () => wake();
      stream.onAbort(end);
      options.closing.addEventListener("abort", end);
      const isGone = () => stream.aborted || stream.closed || options.closing.aborted;
      /** Waits until it holds or nobody listens any more, and for `ms` at most. */
      const until = (holds: () => boolean, ms: number) =>
        new Promise<void>((resolve) => {
          const done = () => {
            cancel();
            wake = () => {};
            resolve();
          };
          const cancel = options.clock.after(ms, done);
          wake = () => (holds() || isGone()) && done();
          wake();
        });
      try {
        while (!isGone()) {
          if (!changed) {
            await until(() => changed, KEEP_ALIVE);
            if (!changed && !isGone()) await stream.write(": still here\n\n");
            continue;
          }
          changed = false;
          const view: RunView = runView(store, newestRun(store, id));
          await stream.writeSSE({ event: "run", data: JSON.stringify(view) });
          if (isAtRest(view.status)) return;
          // The last event comes at once, however short the run.
          await until(() => atRest, EVENT_INTERVAL);
        }
      } catch (error) {
        await stream.writeSSE({ event: "error", data: JSON.stringify(answerTo(error)) });
      } finally {
        stop();
        options.closing.removeEventListener("abort", end);
      }
    });
  });

  return app;
}

function findRun(store: Store, given: string | undefined): TaskRun {
  const id = text(given, "id");
  return found(id, store.taskRuns.byId(id));
}

/** The run, or what it goes on as. */
function newestRun(store: Store, given: string | undefined): TaskRun {
  const id = text(given, "id");
  return found(id, newestById(store, id));
}

function found(id: string, run: TaskRun | undefined): TaskRun {
  if (run !== undefined) return run;
  throw new TaskerError("NOT_FOUND", `there is no run ${shortened(id)}`, { hint: "`tasker runs` lists them" });
}

/** What a stranger has sent, for a message. */
function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
