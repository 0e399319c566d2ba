/** Version 7: the key under which a run was submitted; of one task there is one run under it. */
export const idempotencyKey = `
ALTER TABLE task_runs ADD COLUMN idempotency_key TEXT;
CREATE UNIQUE INDEX task_runs_idempotency_key ON task_runs (task_name, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
`;
