/** Version 18: how much outgoing calls may use, and what they have used. `owner.rules` is raised with every change of budgets, too. */
export const budgets = `
CREATE TABLE budgets (
  -- another one whenever it begins to count anew
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  measure TEXT NOT NULL CHECK (measure IN ('calls', 'units', 'bytes', 'money')),
  -- in the measure; money and prices in billionths
  most INTEGER NOT NULL CHECK (most > 0),
  per TEXT NOT NULL CHECK (per IN ('run', 'day')),
  time_zone TEXT NOT NULL,
  price_per_call INTEGER NOT NULL,
  price_per_unit INTEGER NOT NULL,
  task TEXT NOT NULL,
  service TEXT NOT NULL,
  method TEXT NOT NULL,
  conditions TEXT NOT NULL CHECK (json_valid(conditions)),
  set_at INTEGER NOT NULL,
  set_by TEXT NOT NULL
) STRICT;
CREATE TABLE budget_spending (
  budget INTEGER NOT NULL,
  -- the date of the day, or the id of the run that the others are nested in
  span TEXT NOT NULL,
  spent INTEGER NOT NULL,
  -- bytes of the largest call so far
  largest INTEGER NOT NULL,
  PRIMARY KEY (budget, span)
) STRICT, WITHOUT ROWID;
`;
