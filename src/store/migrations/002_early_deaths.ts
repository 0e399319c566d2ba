/** Version 2: deaths of the process in the first moments of a suspect's turn are counted apart. */
export const earlyDeaths = `
ALTER TABLE task_runs ADD COLUMN early_deaths INTEGER NOT NULL DEFAULT 0;
`;
