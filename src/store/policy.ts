import type { Condition, PolicyEffect, PolicyRule } from "../core/policy.ts";
import type { Database, Row } from "./database.ts";
import { storedJson } from "./stored_json.ts";

/** A rule as it is kept, with who added it and when (ms). */
export interface KeptRule extends PolicyRule {
  readonly addedAt: number;
  readonly addedBy: string;
}

/** The rules for outgoing calls, in the order in which they are tried. Whoever changes them raises `owner.rules` in the same transaction. */
export class Policy {
  readonly #all;
  readonly #makeRoom;
  readonly #insert;
  readonly #delete;

  constructor(db: Database) {
    this.#all = db.prepare("SELECT * FROM policy ORDER BY place");
    this.#makeRoom = db.prepare("UPDATE policy SET place = place + 1 WHERE place >= ?");
    this.#insert = db.prepare(
      `INSERT INTO policy (id, place, effect, task, service, method, conditions, added_at, added_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = db.prepare("DELETE FROM policy WHERE id = ?");
  }

  all(): KeptRule[] {
    return (this.#all.all() as Row[]).map((row) => ({
      id: row.id as number,
      effect: row.effect as PolicyEffect,
      task: row.task as string,
      service: row.service as string,
      method: row.method as string,
      where: storedJson(row.conditions as string) as unknown as Condition[],
      addedAt: row.added_at as number,
      addedBy: row.added_by as string,
    }));
  }

  /** Adds a rule before another one, or as the last. */
  add(rule: KeptRule, before: number | undefined): void {
    const rules = this.#all.all() as { id: number; place: number }[];
    const place = rules.find(({ id }) => id === before)?.place ?? (rules.at(-1)?.place ?? 0) + 1;
    this.#makeRoom.run(place);
    const { id, effect, task, service, method, where, addedAt, addedBy } = rule;
    this.#insert.run(id, place, effect, task, service, method, JSON.stringify(where), addedAt, addedBy);
  }

  /** False when there is no such rule. */
  remove(id: number): boolean {
    return Number(this.#delete.run(id).changes) === 1;
  }
}
