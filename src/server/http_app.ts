import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import { serializeError, TaskerError } from "../core/errors.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import { isRunEnded } from "../core/states.ts";
import type { Engine } from "../engine/engine.ts";
import { findTask } from "../engine/submit.ts";
import type { Store } from "../store/store.ts";
import type { TaskRun } from "../store/task_runs.ts";
import type { ErrorAnswer, HealthView, RunView, SubmitAnswer, TaskSchemaView } from "./api.ts";
import { guard } from "./guard.ts";
import { statusOf } from "./status.ts";
import { runView, taskView } from "./views.ts";

const PROCESSOR = "/functions/v1/simple-stack-processor";
const MAX_BODY = 1024 * 1024;
/** Shortest time between two events of a run, ms. */
const EVENT_INTERVAL = 150;
/** A comment this often tells an idle events stream's client that the server lives, ms. */
const KEEP_ALIVE = 15_000;

export interface HttpAppOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly token: string;
  /** Aborted when the server stops: streams of events end. */
  readonly closing: AbortSignal;
  health(): HealthView;
}

/** The HTTP surface: the chain of the stack processor, and the task API. Every answer speaks of committed rows only. */
export function httpApp(options: HttpAppOptions): Hono {
  const { engine, store } = options;
  const app = new Hono();
  app.use(guard(options.token));
  // Before anything is read: a step carries no state, does no harm when it was not meant, and everybody waits for it.
  app.post(PROCESSOR, async (_c, next) => {
    engine.step();
    await next();
  });
  app.use(bodyLimit({
    maxSize: MAX_BODY,
    onError: () => {
      throw new TaskerError(
        "TOO_LARGE",
        "the request's body is larger than 1 MiB, the most that the input of a run may be",
        {
          hint: "give the task what leads to the data, e.g. ids or a query, not the data itself",
        },
      );
    },
  }));
  app.notFound((c) => {
    throw new TaskerError("NOT_FOUND", `there is nothing at ${c.req.method} ${c.req.path}`);
  });
  app.onError((error, c) => {
    const { code, message, hint } = serializeError(error);
    const answer: ErrorAnswer = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
    return c.json(answer, statusOf(code));
  });

  app.get("/health", (c) => c.json(options.health()));

  app.post(PROCESSOR, async (c) => {
    const body = await readObject(c.req.raw);
    if (body.trigger !== "process-next") {
      throw new TaskerError("INVALID_INPUT", 'the stack processor knows one trigger: {"trigger":"process-next"}');
    }
    return c.json({ status: "accepted" }, 202);
  });

  app.post("/functions/v1/tasks/execute", async (c) => {
    const body = await readObject(c.req.raw);
    const taskName = text(body.taskName ?? body.task_identifier, "taskName");
    const ids = await engine.submit({ taskName, input: (body.input ?? {}) as Json });
    const answer: SubmitAnswer = { ...ids, status: "submitted", message: `${taskName} is submitted` };
    return c.json(answer, 202);
  });

  for (const action of ["cancel", "hold", "resume"] as const) {
    app.post(`/functions/v1/tasks/${action}`, async (c) => {
      const id = text((await readObject(c.req.raw)).id, "id");
      await engine[action](id);
      return c.json(runView(store, findRun(store, id)));
    });
  }

  app.get("/functions/v1/tasks/status", (c) => c.json(runView(store, findRun(store, c.req.query("id")))));

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

  app.get("/functions/v1/tasks/events", (c) => {
    const { id } = findRun(store, c.req.query("id"));
    return streamSSE(c, async (stream) => {
      let wake = () => {};
      let changed = true;
      const stop = engine.watch(id, () => {
        changed = true;
        wake();
      });
      stream.onAbort(() => wake());
      options.closing.addEventListener("abort", () => wake());
      try {
        while (!stream.aborted && !stream.closed && !options.closing.aborted) {
          if (!changed) {
            const isAlive = await Promise.race([
              new Promise<false>((resolve) => wake = () => resolve(false)),
              stream.sleep(KEEP_ALIVE),
            ]);
            if (isAlive !== false) await stream.write(": still here\n\n");
            continue;
          }
          changed = false;
          const view: RunView = runView(store, findRun(store, id));
          await stream.writeSSE({ event: "run", data: JSON.stringify(view) });
          if (isRunEnded(view.status) || view.status === "held") return;
          await stream.sleep(EVENT_INTERVAL);
        }
      } finally {
        stop();
      }
    });
  });

  return app;
}

async function readObject(request: Request): Promise<{ readonly [key: string]: Json }> {
  let body: unknown;
  try {
    body = JSON.parse(await request.text());
  } catch (error) {
    if (error instanceof TaskerError) throw error;
    throw new TaskerError("INVALID_INPUT", "the request's body is not JSON", { cause: error });
  }
  if (!isJsonObject(body)) throw new TaskerError("INVALID_INPUT", "the request's body must be a JSON object");
  return body;
}

function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TaskerError("INVALID_INPUT", `"${name}" is missing: it must be a text`);
}

function findRun(store: Store, id: string | undefined): TaskRun {
  const run = store.taskRuns.byId(text(id, "id"));
  if (run === undefined) {
    throw new TaskerError("NOT_FOUND", `there is no run ${id}`, { hint: "`tasker runs` lists them" });
  }
  return run;
}
