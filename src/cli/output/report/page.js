/**
 * What the report does in a browser. The text of this function is put into the file, which is opened without any network:
 * it may use nothing from outside itself. Mail is put on the page as text, never as markup.
 */
export function page() {
  const PAGE = 100;
  /** Characters of a cell; a click on the row shows all. */
  const CELL = 300;
  const BARS = 62;
  const USERS = 20;
  const DAY = 86_400_000;

  const { columns, shown } = JSON.parse(document.getElementById("about").textContent);
  const rows = [];
  for (const block of document.querySelectorAll("script.rows")) {
    for (const row of JSON.parse(block.textContent)) rows.push(row);
    block.remove();
  }
  const dateColumn = columns.indexOf("date");
  const mailboxColumn = columns.indexOf("mailbox");
  const times = dateColumn < 0 ? undefined : Float64Array.from(rows, (row) => Date.parse(row[dateColumn]));

  const state = { words: [], mailbox: undefined, from: undefined, to: undefined, sort: dateColumn, down: true, at: 0 };
  let found = [];

  const $ = (id) => document.getElementById(id);

  function make(name, text, properties = {}) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    return Object.assign(element, properties);
  }

  function draw(name, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.append(...children);
    return element;
  }

  function isFound(index) {
    const row = rows[index];
    if (state.mailbox !== undefined && row[mailboxColumn] !== state.mailbox) return false;
    if (state.from !== undefined && !(times[index] >= state.from && times[index] < state.to)) return false;
    if (state.words.length === 0) return true;
    const text = row.join("\n").toLowerCase();
    return state.words.every((word) => text.includes(word));
  }

  function find() {
    found = [];
    for (let index = 0; index < rows.length; index++) if (isFound(index)) found.push(index);
    order();
    state.at = 0;
    show();
    drawTimes();
    drawUsers();
  }

  function order() {
    if (state.sort < 0) return;
    const NUMBER = /^-?\d+(?:\.\d+)?$/;
    const texts = found.map((index) => rows[index][state.sort].toLowerCase());
    const areNumbers = texts.every((text) => text === "" || NUMBER.test(text));
    const keys = areNumbers ? texts.map((text) => text === "" ? -Infinity : Number(text)) : texts;
    const sign = state.down ? -1 : 1;
    found = Array.from(found.keys())
      .sort((a, b) => keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b)
      .map((place) => found[place]);
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    const count = (number) => number.toLocaleString("en");
    $("count").textContent = found.length === rows.length
      ? `${count(rows.length)} rows`
      : `${count(found.length)} of ${count(rows.length)} rows`;
    $("page").textContent = `page ${count(state.at + 1)} of ${count(pages)}`;
    $("previous").disabled = state.at === 0;
    $("next").disabled = state.at + 1 >= pages;
    const picks = [
      ...(state.mailbox === undefined ? [] : [state.mailbox]),
      ...(state.from === undefined ? [] : [`from ${day(state.from)} until ${day(state.to)}`]),
    ];
    $("picks").replaceChildren(
      ...(picks.length === 0 ? [] : [make("button", `✕ ${picks.join(", ")}`, { type: "button", onclick: unpick })]),
    );
    for (const head of document.querySelectorAll("#head th")) {
      const isSorted = Number(head.dataset.column) === state.sort;
      head.setAttribute("aria-sort", !isSorted ? "none" : state.down ? "descending" : "ascending");
    }
    $("body").replaceChildren(...found.slice(state.at * PAGE, (state.at + 1) * PAGE).map(rowElement));
  }

  function rowElement(index) {
    const element = make("tr", undefined, { tabIndex: 0 });
    for (const column of shown) {
      const text = rows[index][column];
      const cell = make("td");
      cell.append(make("bdi", text.length > CELL ? `${text.slice(0, CELL)}…` : text));
      element.append(cell);
    }
    const toggle = () => {
      if (element.nextSibling?.className === "whole") element.nextSibling.remove();
      else element.after(wholeElement(index));
    };
    element.onclick = toggle;
    element.onkeydown = (event) => event.key === "Enter" && toggle();
    return element;
  }

  function wholeElement(index) {
    const list = make("dl");
    for (const [column, name] of columns.entries()) {
      if (rows[index][column] === "") continue;
      const value = make("dd");
      value.append(make("bdi", rows[index][column]));
      list.append(make("dt", name), value);
    }
    const cell = make("td", undefined, { colSpan: shown.length });
    cell.append(list);
    const element = make("tr", undefined, { className: "whole" });
    element.append(cell);
    return element;
  }

  function unpick() {
    state.mailbox = state.from = state.to = undefined;
    find();
  }

  function day(time) {
    return new Date(time).toISOString().slice(0, 10);
  }

  /** The beginning of the day, week, month or year (UTC) that a time is in, whichever makes few enough bars of the whole span. */
  function spans(first, last) {
    const days = (last - first) / DAY;
    const date = (time) => new Date(time);
    if (days <= BARS) return { name: "day", begin: (t) => Math.floor(t / DAY) * DAY, next: (t) => t + DAY };
    if (days <= BARS * 7) {
      // The first day of 1970 was a Thursday.
      return {
        name: "week",
        begin: (t) => Math.floor((t / DAY + 3) / 7) * 7 * DAY - 3 * DAY,
        next: (t) => t + 7 * DAY,
      };
    }
    if (days <= BARS * 30) {
      return {
        name: "month",
        begin: (t) => Date.UTC(date(t).getUTCFullYear(), date(t).getUTCMonth()),
        next: (t) => Date.UTC(date(t).getUTCFullYear(), date(t).getUTCMonth() + 1),
      };
    }
    return {
      name: "year",
      begin: (t) => Date.UTC(date(t).getUTCFullYear(), 0),
      next: (t) => Date.UTC(date(t).getUTCFullYear() + 1, 0),
    };
  }

  function drawTimes() {
    if (times === undefined) return;
    let first = Infinity, last = -Infinity;
    for (const index of found) {
      if (times[index] < first) first = times[index];
      if (times[index] > last) last = times[index];
    }
    if (first > last) return $("times").replaceChildren();
    const span = spans(first, last);
    const counts = new Map();
    for (let at = span.begin(first); at <= last; at = span.next(at)) counts.set(at, 0);
    for (const index of found) {
      if (!Number.isNaN(times[index])) {
        const at = span.begin(times[index]);
        counts.set(at, (counts.get(at) ?? 0) + 1);
      }
    }
    const most = Math.max(...counts.values());
    const width = 600 / counts.size;
    const bars = [...counts].map(([at, count], place) => {
      const height = count === 0 ? 0 : Math.max(2, 115 * count / most);
      const bar = draw(
        "rect",
        { x: place * width, y: 130 - height, width: Math.max(1, width - 1), height, class: "bar" },
        draw("title", {}, `${span.name} of ${day(at)}: ${count}`),
      );
      bar.onclick = () => {
        Object.assign(state, { from: at, to: span.next(at) });
        find();
      };
      return bar;
    });
    const label = (x, y, anchor, text) => draw("text", { x, y, "text-anchor": anchor }, text);
    $("times").replaceChildren(
      make("h2", `Hits by ${span.name} (UTC)`),
      draw(
        "svg",
        { viewBox: "0 0 600 150", role: "img", "aria-label": `Hits by ${span.name}` },
        ...bars,
        label(0, 146, "start", day(first)),
        label(600, 146, "end", day(last)),
        label(0, 8, "start", `most: ${most}`),
      ),
    );
  }

  function drawUsers() {
    if (mailboxColumn < 0) return;
    const counts = new Map();
    for (const index of found) {
      const mailbox = rows[index][mailboxColumn];
      counts.set(mailbox, (counts.get(mailbox) ?? 0) + 1);
    }
    const all = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const top = all.slice(0, USERS);
    if (top.length === 0) return $("users").replaceChildren();
    const bars = top.flatMap(([mailbox, count], place) => {
      const y = place * 20;
      const bar = draw(
        "rect",
        { x: 0, y, width: Math.max(2, 600 * count / top[0][1]), height: 18, class: "bar" },
        draw("title", {}, `${mailbox}: ${count}`),
      );
      bar.onclick = () => {
        state.mailbox = mailbox;
        find();
      };
      return [bar, draw("text", { x: 4, y: y + 13, class: "name" }, `${count}  ${mailbox}`)];
    });
    $("users").replaceChildren(
      make("h2", all.length > USERS ? `Hits by mailbox: ${USERS} of ${all.length}` : "Hits by mailbox"),
      draw("svg", { viewBox: `0 0 600 ${top.length * 20}`, role: "img", "aria-label": "Hits by mailbox" }, ...bars),
    );
  }

  for (const column of shown) {
    const head = make("th", undefined, { scope: "col" });
    head.dataset.column = column;
    head.append(make("button", columns[column].replace(/^headers\./, ""), {
      type: "button",
      onclick() {
        state.down = state.sort === column ? !state.down : column === dateColumn;
        state.sort = column;
        state.at = 0;
        order();
        show();
      },
    }));
    $("head").append(head);
  }
  let waiting;
  $("words").oninput = ({ target }) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      state.words = target.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
      find();
    }, 150);
  };
  const turn = (pages) => () => {
    state.at += pages;
    show();
  };
  $("previous").onclick = turn(-1);
  $("next").onclick = turn(1);
  $("tools").hidden = false;
  find();
}
