/** Version 9: how a call wants to be made, and which of the ready ones goes first. */
export const callOptions = `
ALTER TABLE stack_runs ADD COLUMN options TEXT CHECK (options IS NULL OR json_valid(options));
ALTER TABLE stack_runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
DROP INDEX stack_runs_ready;
CREATE INDEX stack_runs_ready ON stack_runs (lane, priority DESC, run, seq)
  WHERE status = 'pending' AND ready_at IS NULL AND blocked IS NULL;
`;
