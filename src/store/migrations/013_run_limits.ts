/**
 * Version 13: how soon a run goes among others, and when one whose task limits its runs was let begin. What queues for a key
 * or for its run's turn goes by priority.
 */
export const runLimits = `
ALTER TABLE task_runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task_runs ADD COLUMN admitted_at INTEGER;
CREATE INDEX task_runs_admitted ON task_runs (task_name, admitted_at) WHERE admitted_at IS NOT NULL;
CREATE INDEX task_runs_admitted_open ON task_runs (task_name)
  WHERE admitted_at IS NOT NULL AND ended_at IS NULL;
DROP INDEX stack_runs_blocked;
CREATE INDEX stack_runs_blocked ON stack_runs (blocked, priority DESC, id)
  WHERE status = 'pending' AND blocked IS NOT NULL;
`;
