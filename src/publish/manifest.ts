import { LEGACY_MANIFEST, type Manifest } from "../core/manifest.ts";
import { type Entry, firstDescription } from "./entry.ts";
import { inputFault } from "./input_schema.ts";
import { evaluateLiteral, type Literal, NotLiteral } from "./literal.ts";
import { type Fault, readManifest } from "./manifest_shape.ts";
import type { ParsedModule } from "./parse.ts";
import { refusal } from "./refusal.ts";

/** The manifest of a task: as its file declares it, or what legacy code gets, described by its first JSDoc block. */
export async function manifestOf(module: ParsedModule, entry: Entry): Promise<Manifest> {
  if (entry.manifest === undefined) return { ...LEGACY_MANIFEST, description: firstDescription(module) };
  let literal: Literal;
  try {
    literal = evaluateLiteral(entry.manifest);
  } catch (error) {
    if (!(error instanceof NotLiteral)) throw error;
    const hint = "Write the manifest out in the task's own file: it is read without running the code.";
    throw refusal(module.place(error.offset), `the manifest has ${error.message}`, hint);
  }
  const refused = ({ path, atKey, problem, hint }: Fault) => {
    const offset = atKey ? literal.keyAt(path) : literal.valueAt(path);
    return refusal(module.place(offset), problem, hint);
  };
  const read = await readManifest(literal.value);
  if ("fault" in read) throw refused(read.fault);
  const fault = inputFault(read.manifest.input);
  if (fault !== undefined) throw refused(fault);
  const input = { type: "object", ...read.manifest.input };
  return { ...read.manifest, input };
}
