import { Buffer } from "node:buffer";
import { serializeError, TaskerError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { EvidenceFolder } from "../evidence/folder.ts";
import type { Outcome, ServiceCall } from "../contract.ts";
import type { CallPlan } from "./call_plan.ts";
import { askMessage } from "./direct_get.ts";
import { getMany, readManyParams } from "./get_many.ts";
import type { Invocation } from "./google_clients.ts";
import { GoogleRequestFailed } from "./google_failure.ts";
import type { RequestGate } from "./request_gate.ts";
import type { Operation, Requester } from "./requester.ts";
import type { Slots } from "./slots.ts";

/** The largest message (JSON, base64 in it): Gmail takes mail of 50 MB. */
const LARGEST = 100 * 1024 * 1024;
/** Of one message, ms. */
const TIMEOUT = 300_000;

/** `gmail.users.messages.saveMany`: messages of a mailbox, byte for byte, into a folder that was prepared for the run. */
export async function saveMany(params: {
  call: ServiceCall;
  plan: CallPlan;
  /** `gmail.users.messages.get`. */
  operation: Operation;
  requester: Requester;
  gate: RequestGate;
  /** Held while a large message is in memory. */
  large: Slots;
}): Promise<Outcome> {
  const { call, plan, requester, gate, large } = params;
  const { folder: path, ...rest } = plan.params;
  if (!call.manifest.services.includes("evidence")) {
    throw new TaskerError("METHOD_REFUSED", "gmail.users.messages.saveMany is for tasks with the service evidence", {
      hint: 'add "evidence" to "services" in its manifest if it should write messages into files',
    });
  }
  if (typeof path !== "string" || path === "") {
    throw new TaskerError("INVALID_INPUT", "gmail.users.messages.saveMany: folder is no path.");
  }
  const many = readManyParams({ ...rest, format: "raw", fields: "id,threadId,labelIds,internalDate,raw" });
  const folder = await EvidenceFolder.open(path, call.taskRunId);
  const of = { tenant: plan.options.namespace, mailbox: String(plan.params.userId) };
  let broken: unknown;

  /** Answers with what is said of the files, not with the message. */
  const keep = async (invocation: Invocation): Promise<unknown> => {
    const id = String(invocation.params.id);
    let leave = () => {};
    try {
      const answer = await askMessage(invocation, gate, {
        most: LARGEST,
        timeout: TIMEOUT,
        grown: async () => {
          leave = await large.enter(invocation.signal);
        },
      });
      if (!isJsonObject(answer) || answer.id !== id) return answer;
      const { threadId = null, labelIds = [], internalDate = null } = answer;
      const raw = bytesOf(answer);
      return { id, threadId, labelIds, internalDate, ...await stored(() => folder.save({ ...of, id }, raw)) };
    } catch (error) {
      if (!(error instanceof GoogleRequestFailed) || error.failure.status !== 404) throw error;
      // Deleted since a process saved it that died before it could say so.
      const raw = await stored(() => folder.saved({ ...of, id }));
      if (raw === undefined) throw error;
      return { id, deletedSince: true, ...await stored(() => folder.save({ ...of, id }, raw)) };
    } finally {
      leave();
    }
  };
  const stored = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      if (broken !== undefined) throw broken;
      return await work();
    } catch (error) {
      throw broken = error;
    }
  };
  const outcome = await getMany({
    many,
    operation: { ...params.operation, invoke: keep },
    requester,
    ticket: call.frameId,
    signal: call.signal,
    progress: call.progress,
  });
  if (outcome.type === "result") await stored(() => folder.flush()).catch(() => {/* it is in `broken` */});
  return broken === undefined ? outcome : { type: "error", error: serializeError(broken) };
}

/** Throws when the text is not base64url throughout: what would be decoded is not the message. */
function bytesOf({ id, raw }: JsonObject): Uint8Array {
  const text = typeof raw === "string" ? raw.replace(/=+$/, "") : "";
  const bytes = Buffer.from(text, "base64url");
  if (typeof raw === "string" && Math.ceil(bytes.length * 4 / 3) === text.length) return bytes;
  throw new TaskerError("INTERNAL", `Google answered message ${id as Json} without its bytes.`);
}
