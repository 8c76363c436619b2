"use strict";
// Searches the list of topics (INDEX, in topics.js) and switches between light and dark. Nothing leaves the page.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const stored = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (stored === "light" || stored === "dark") root.dataset.theme = stored;
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private mode */ }
  });

  const input = document.getElementById("search");
  const list = document.getElementById("hits");
  let selected = -1;

  // The better, the lower: the whole name, its beginning, a part of it, the text.
  function rank(topic, words) {
    const name = topic[0].toLowerCase();
    const text = topic[2].toLowerCase();
    let total = name.length / 100 + (name.split(/[.:]/).length - 1);
    for (const word of words) {
      const parts = name.split(/[.:]/);
      if (name === word) total += 0;
      else if (parts.includes(word)) total += 2;
      else if (name.startsWith(word)) total += 3;
      else if (name.includes(word)) total += 5;
      else if (text.includes(word)) total += 20;
      else return Infinity;
    }
    return total;
  }

  function show() {
    const words = input.value.toLowerCase().replace(/[(){}]/g, " ").split(/\s+/).filter(Boolean);
    list.replaceChildren();
    selected = -1;
    if (!words.length) { list.hidden = true; return; }
    const found = INDEX.map((topic) => [rank(topic, words), topic]).filter((pair) => pair[0] < Infinity);
    found.sort((a, b) => a[0] - b[0]);
    for (const [, topic] of found.slice(0, 30)) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = topic[1];
      const name = document.createElement("b");
      name.textContent = topic[0];
      const text = document.createElement("small");
      text.textContent = topic[2];
      link.append(name, text);
      link.addEventListener("click", () => { list.hidden = true; });
      item.append(link);
      list.append(item);
    }
    if (!found.length) {
      const item = document.createElement("li");
      item.textContent = "Nothing is called so, or says so.";
      list.append(item);
    }
    list.hidden = false;
  }

  function move(step) {
    const links = [...list.querySelectorAll("a")];
    if (!links.length) return;
    if (selected >= 0) links[selected].removeAttribute("aria-selected");
    selected = (selected + step + links.length) % links.length;
    links[selected].setAttribute("aria-selected", "true");
    links[selected].scrollIntoView({ block: "nearest" });
  }

  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { move(1); event.preventDefault(); }
    if (event.key === "ArrowUp") { move(-1); event.preventDefault(); }
    if (event.key === "Escape") { list.hidden = true; input.blur(); }
    if (event.key === "Enter") {
      const link = list.querySelectorAll("a")[Math.max(selected, 0)];
      if (link) link.click();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== input && !event.ctrlKey && !event.metaKey) {
      input.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".find")) list.hidden = true;
  });
})();
