/**
 * Version 10: what a run that is being cancelled tells its calls (an error, JSON), the last delivery that came before, and when
 * the engine does something to a run by itself, ms.
 */
export const cancellation = `
ALTER TABLE task_runs ADD COLUMN cancellation TEXT;
ALTER TABLE task_runs ADD COLUMN cancelled_after INTEGER;
ALTER TABLE task_runs ADD COLUMN due_at INTEGER;
CREATE INDEX task_runs_due ON task_runs (due_at) WHERE due_at IS NOT NULL AND ended_at IS NULL;
`;
