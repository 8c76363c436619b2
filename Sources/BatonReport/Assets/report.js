"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;

  // The look: what the system says, until someone chooses.
  const theme = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = { get: () => { try { return localStorage.getItem("baton-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("baton-theme", value); } catch { /* no storage: for this visit */ } } };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const name = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  if (["dark", "light"].includes(kept.get())) root.dataset.theme = kept.get();
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept.set(root.dataset.theme);
    name();
  });
  system.addEventListener("change", name);
  name();

  // On paper nothing can be opened.
  addEventListener("beforeprint", () => document.querySelectorAll("details:not([open])").forEach((folded) => {
    folded.open = true;
    folded.dataset.folded = "";
  }));
  addEventListener("afterprint", () => document.querySelectorAll("details[data-folded]").forEach((folded) => {
    folded.open = false;
    delete folded.dataset.folded;
  }));

  // The test cases: some rows at a time, found among all of them.
  const table = byId("case-table");
  if (!table) return;
  const data = JSON.parse(byId("cases-data").textContent);
  const STEP = 0, SUITE = 1, TITLE = 2, STATUS = 3, TIME = 4, FLAGS = 5, MESSAGE = 6, PLACE = 7, TEXT = 8;
  const looks = [["✓", "passed", "good"], ["✗", "failed", "bad"], ["✗", "error", "bad"], ["–", "skipped", "calm"]];
  const perPage = matchMedia("(max-width: 40rem)").matches ? 25 : 50;
  const body = table.tBodies[0];
  const search = byId("case-search"), status = byId("case-status"), step = byId("case-step");
  const found = data.cases.map((item) =>
    [item[TITLE], data.suites[item[SUITE]], data.steps[item[STEP]], item[MESSAGE], item[PLACE]].join("\n").toLowerCase());
  const rank = (item) => (item[STATUS] === 1 || item[STATUS] === 2 ? 0 : item[FLAGS] & 5 ? 1 : item[STATUS] === 3 ? 3 : 2);
  const columns = [
    (a, b) => rank(a) - rank(b),
    (a, b) => (a[TITLE] < b[TITLE] ? -1 : a[TITLE] > b[TITLE] ? 1 : 0),
    (a, b) => a[STEP] - b[STEP],
    (a, b) => a[TIME] - b[TIME],
  ];
  const kinds = {
    all: () => true, failed: (item) => item[STATUS] === 1 || item[STATUS] === 2, new: (item) => item[FLAGS] & 2,
    flaky: (item) => item[FLAGS] & 1, skipped: (item) => item[STATUS] === 3 && !(item[FLAGS] & 4),
    quarantined: (item) => item[FLAGS] & 4,
    passed: (item) => item[STATUS] === 0,
  };
  let shown = [], page = 0, sorted = 0, direction = 1;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const pad = (value) => String(value).padStart(2, "0");
  const time = (ms) => {
    if (ms < 0) return "–";
    if (ms < 1000) return `${ms}ms`;
    if (ms < 60000) return `${Math.floor(ms / 1000)}.${Math.floor((ms % 1000) / 100)}s`;
    if (ms < 3600000) return `${Math.floor(ms / 60000)}m${pad(Math.floor(ms / 1000) % 60)}s`;
    return `${Math.floor(ms / 3600000)}h${pad(Math.floor(ms / 60000) % 60)}m`;
  };
  const count = (number) => number.toLocaleString("en");
  const badge = (item) => {
    const [sign, word, tone] = item[FLAGS] & 1 ? ["↻", "flaky", "warn"]
      : item[FLAGS] & 4 ? ["✗", "quarantined", "warn"] : looks[item[STATUS]];
    const made = element("span", `badge ${tone}`);
    const mark = element("span", "", sign);
    mark.setAttribute("aria-hidden", "true");
    made.append(mark, ` ${word}`);
    return made;
  };
  const row = (item) => {
    const line = element("tr");
    const cell = (className, text) => {
      const made = element("td", className, text);
      made.setAttribute("role", "cell");
      return made;
    };
    line.setAttribute("role", "row");
    const state = cell("badge"), title = cell("name");
    state.append(badge(item));
    if (item[FLAGS] & 2) state.append(" ", element("span", "note", "new"));
    title.append(element("span", "", item[TITLE]));
    if (item[PLACE]) title.append(" ", element("span", "place", item[PLACE]));
    if (item[MESSAGE]) title.append(element("div", "message", item[MESSAGE]));
    if (item[TEXT] >= 0) {
      const more = element("details");
      more.append(element("summary", "", "Explanation"), element("pre", "", data.texts[item[TEXT]]));
      title.append(more);
    }
    const where = cell("step", data.steps[item[STEP]]);
    if (data.suites[item[SUITE]]) where.append(element("div", "message", data.suites[item[SUITE]]));
    const took = cell(item[TIME] < 0 ? "number none" : "number", time(item[TIME]));
    took.dataset.label = "Time";
    line.append(state, title, where, took);
    return line;
  };

  const draw = () => {
    const last = Math.max(0, Math.ceil(shown.length / perPage) - 1);
    page = Math.min(Math.max(page, 0), last);
    const begin = page * perPage, part = shown.slice(begin, begin + perPage);
    body.replaceChildren(...part.map((index) => row(data.cases[index])));
    const all = data.cases.length;
    byId("case-count").textContent = shown.length === 0 ? `None of ${count(all)} cases.`
      : `${count(begin + 1)} to ${count(begin + part.length)} of ${count(shown.length)} cases`
        + (shown.length < all ? `, out of ${count(all)}.` : ".");
    byId("case-pages").hidden = last === 0;
    byId("case-page").textContent = `Page ${count(page + 1)} of ${count(last + 1)}`;
    byId("case-back").disabled = page === 0;
    byId("case-next").disabled = page === last;
  };
  const choose = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = kinds[status.value] || kinds.all;
    const only = step.value === "" ? -1 : Number(step.value);
    shown = [];
    data.cases.forEach((item, index) => {
      if (!fits(item) || (only >= 0 && item[STEP] !== only)) return;
      if (words.every((word) => found[index].includes(word))) shown.push(index);
    });
    const compare = columns[sorted];
    shown.sort((a, b) => direction * compare(data.cases[a], data.cases[b]) || a - b);
    page = 0;
    draw();
  };
  const head = [...table.tHead.rows[0].cells];
  const mark = () => head.forEach((cell, index) => {
    if (index === sorted) cell.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    else cell.removeAttribute("aria-sort");
  });
  head.forEach((cell, index) => {
    const button = element("button", "", cell.textContent);
    button.type = "button";
    button.addEventListener("click", () => {
      // Times: the longest first.
      direction = index === sorted ? -direction : index === 3 ? -1 : 1;
      sorted = index;
      mark();
      choose();
    });
    cell.replaceChildren(button);
  });
  data.steps.forEach((title, index) => {
    const option = element("option", "", title);
    option.value = String(index);
    step.append(option);
  });
  byId("case-controls").addEventListener("submit", (event) => event.preventDefault());
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(choose, 80); });
  status.addEventListener("change", choose);
  step.addEventListener("change", choose);
  const turn = (by) => () => { page += by; draw(); table.scrollIntoView({ block: "start" }); };
  byId("case-back").addEventListener("click", turn(-1));
  byId("case-next").addEventListener("click", turn(1));
  byId("case-controls").hidden = false;
  mark();
  choose();
})();
