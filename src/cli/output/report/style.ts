/** How the report looks: nothing in it is loaded from anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --bar: #3b76c9; --soft: #8882; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 90rem; }
h1 { font-size: 1.3rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0 0 .4rem; }
p { margin: .3rem 0; }
.facts { color: GrayText; overflow-wrap: anywhere; }
#coverage { border: 2px solid var(--line); border-left-width: .6rem; border-radius: 4px; padding: .8rem 1rem; margin: 1rem 0; }
#coverage.good { border-color: #2e8b57; }
#coverage.some { border-color: #c98a1b; }
#coverage.bad { border-color: #d22; background: #d221; }
#coverage.bad h2 { color: #d22; font-size: 1.25rem; }
#charts { display: flex; flex-wrap: wrap; gap: 1.5rem; }
#charts > div { flex: 1 1 22rem; min-width: 0; }
svg { width: 100%; height: auto; font: 11px system-ui, sans-serif; fill: currentColor; }
.bar { fill: var(--bar); cursor: pointer; }
.bar:hover { opacity: .75; }
#users .bar { fill-opacity: .45; }
.name { pointer-events: none; }
#tools { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; margin: 1rem 0 .5rem; }
#tools[hidden] { display: none; }
#words { flex: 1 1 18rem; font: inherit; padding: .35rem .6rem; }
table { border-collapse: collapse; width: 100%; }
#rows { table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible, tr:focus-visible { outline: 2px solid var(--bar); }
th[aria-sort=ascending] button::after { content: " ▲"; }
th[aria-sort=descending] button::after { content: " ▼"; }
#body tr { cursor: pointer; }
#body tr:hover { background: var(--soft); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; margin: .3rem 0; max-height: 30rem; overflow: auto; }
dt { color: GrayText; }
dd { margin: 0; white-space: pre-wrap; }
summary { cursor: pointer; }
@media print { #tools, .facts button { display: none; } }
`;
