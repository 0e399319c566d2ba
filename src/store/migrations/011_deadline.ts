/** Version 11: when a run must be over, ms. */
export const deadline = `
ALTER TABLE task_runs ADD COLUMN deadline INTEGER;
`;
