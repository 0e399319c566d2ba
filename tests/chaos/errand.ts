import type { Block } from "./program.ts";

/** What the task `errand` takes: `name` begins the key of everything it does. */
export interface ErrandInput {
  readonly name: string;
  readonly steps: Block;
  /** The token of the call that came before it. */
  readonly after?: string;
  /** Of a run that continues another one: its first step, and what the runs before it have seen. */
  readonly from?: number;
  readonly seen?: readonly Seen[];
}

/** The name of a run that a step starts. It is none that the run of the step begins: that may be held, and this one goes on. */
export const startedName = (key: string) => `s${key}`;

/** One thing that an errand did, as its result tells. */
export interface Seen {
  readonly key: string;
  /** Of a call: what was answered, or the code of its error. */
  readonly status?: number;
  readonly token?: string;
  readonly error?: string;
  /** Of a race: the number of the part that was first. */
  readonly winner?: number;
  /** Of a record: how many rows were kept, and the chance that stands in them. */
  readonly appended?: number;
  readonly dice?: number;
  /** Of a signal: what it brought, or the code of the error. */
  readonly answer?: string;
  /** Of a row: how many of its name are in the table right after. */
  readonly found?: number;
}

/** How often an errand asks again when it is answered 500, and under which key. */
export const TRIES = 3;
export const callKey = (key: string, attempt: number) => `${key}~${attempt}`;

/** How long a call that may be repeated waits for its answer, ms. A hanging service costs an attempt so much. */
const TIMEOUT = 2_500;

/**
 * The source of the task: it performs the steps that its input lists against the service at `host`, and gives all that it
 * has seen. Each call brings the token of the call before it, so that nobody can make it before that one was answered.
 */
export function errandSource(host: string): string {
  return `
export const manifest = {
  description: "Does what its input lists, and tells what it has seen",
  services: ["http", "tasks", "records", "database", "run"],
  hosts: ["${host}"],
  input: {
    type: "object",
    properties: {
      name: { type: "string" },
      steps: { type: "array" },
      after: { type: "string" },
      from: { type: "integer" },
      seen: { type: "array" },
    },
    required: ["name", "steps"],
  },
};

const SERVICE = "http://${host}/call";
const OPTIONS = {
  get: { timeout: ${TIMEOUT} },
  put: { method: "PUT", body: "x" },
  post: { method: "POST", body: "x" },
};

export default async function errand({ name, steps, after = "", from = 0, seen: before = [] }) {
  const seen = [...before];
  let latest = 0;
  // What a call was told that nobody awaits.
  let told;
  const notAwaited = (call) => void call.catch((error) => {
    if (error.name !== "CancelledError") throw error;
    told = error;
  });
  const note = (key, what) => {
    const now = Date.now();
    seen.push(now < latest ? { key, error: "TIME_WENT_BACK" } : { key, ...what });
    latest = now;
  };

  // What its options say of a call, puts have.
  const toolsFor = (method, key) => method !== "put" ? tools : tools.with({
    timeout: ${TIMEOUT},
    retry: { initialInterval: 200, backoffCoefficient: 3 },
    idempotencyKey: "put " + key,
    concurrencyKey: { key: "puts", limit: 8 },
    priority: 1,
  });

  async function call(name, method, after) {
    for (let attempt = 1; attempt <= ${TRIES}; attempt++) {
      const key = name + "~" + attempt;
      try {
        const { status, body } = await toolsFor(method, key).http.fetch(SERVICE + "?key=" + key + "&after=" + after, OPTIONS[method]);
        const { token } = JSON.parse(body);
        note(key, { status, token });
        if (status === 200) return token;
      } catch (error) {
        if (error.name === "CancelledError") throw error;
        note(key, { error: error.code ?? String(error) });
        return after;
      }
      await tools.timer.sleep("20 ms");
    }
    return after;
  }

  async function perform(step, key, after) {
    switch (step.do) {
      case "sleep":
        if (step.how === "timer") await tools.timer.sleep(step.ms + " ms");
        else await new Promise((resolve) => setTimeout(resolve, step.ms));
        note(key, {});
        return after;
      case "record": {
        const dice = Math.random();
        const rows = Array.from({ length: step.rows }, (_none, row) => ({ key, row, after, dice }));
        const kept = tools.records.append("step", rows);
        if (!step.awaited) notAwaited(kept);
        note(key, { appended: step.awaited ? (await kept).appended : step.rows, dice });
        return after;
      }
      case "row": {
        const table = () => tools.database.from("errands");
        await table().insert({ name: key, after }).throwOnError();
        const { data } = await table().select("*").eq("name", key);
        note(key, { found: data.length });
        return after;
      }
      case "signal": {
        const schema = { type: "object", required: ["key"] };
        try {
          const data = await tools.signals.wait(key, { timeout: step.timeout, schema, question: "What is the key?" });
          note(key, { answer: data.key });
        } catch (error) {
          if (error.name === "CancelledError") throw error;
          note(key, { answer: error.code });
        }
        return after;
      }
      case "log":
        console.log("line " + key);
        note(key, {});
        return after;
      case "all":
        await Promise.all(step.parts.map((part, at) => block(part, key + "." + at, after)));
        return after;
      case "race": {
        const parts = step.parts.map(async (part, at) => {
          await block(part, key + "." + at, after);
          return at;
        });
        note(key, { winner: await Promise.race(parts) });
        parts.forEach(notAwaited);
        return after;
      }
      case "loop":
        for (let turn = 0; turn < step.times; turn++) after = await block(step.body, key + "." + turn, after);
        return after;
      case "nested":
        seen.push(...await tools.tasks.execute("errand", { name: key, steps: step.body, after }));
        return after;
      case "started": {
        const id = await tools.tasks.start("errand", { name: "s" + key, steps: step.body, after });
        seen.push(...await tools.tasks.result(id));
        return after;
      }
      default:
        return await call(key, step.do, after);
    }
  }

  async function block(steps, name, after, from = 0) {
    for (const [at, step] of steps.entries()) {
      if (at < from) continue;
      if (step.do !== "continue") after = await perform(step, name + "." + at, after);
      else if (told !== undefined) throw told;
      else await tools.run.continueAsNew({ name, steps, after, from: at + 1, seen });
    }
    return after;
  }

  try {
    await block(steps, name, after, from);
    if (told !== undefined) throw told;
    return seen;
  } catch (error) {
    if (error.name === "CancelledError") {
      await call(name + ".clean", "get", "");
      await tools.records.append("step", [{ key: name + ".cleaned", row: 0, after: "", dice: 0 }]);
    }
    throw error;
  }
}
`;
}
