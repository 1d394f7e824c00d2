"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("live");

  // Formulas: typeset in place, with MathML kept for screen readers.
  const options = { throwOnError: false, trust: false, strict: "ignore", maxSize: 40, output: "htmlAndMathml" };
  const render = (source, element, displayMode) => {
    try {
      katex.render(source, element, { ...options, displayMode });
    } catch {
      element.textContent = source;
    }
  };
  const formulas = all(".tex").map((element) => [element, element.textContent]);
  for (const [element, source] of formulas) render(source, element, element.classList.contains("display"));

  // A statement wider than the page is set on several lines, divided at its own wide spaces.
  const pieces = (source) => {
    const found = [""];
    let depth = 0;
    for (const token of source.match(/\\(?:begin\{|end\{|[a-zA-Z]+|.)|[^\\]/gs) ?? []) {
      if (token === "\\begin{") depth += 2;
      else if (token === "{" || token === "\\left") depth += 1;
      else if (token === "}" || token === "\\right") depth -= 1;
      if (depth === 0 && (token === "\\qquad" || token === "\\quad")) found.push("");
      else found[found.length - 1] += token;
    }
    return found.filter((piece) => piece.trim());
  };
  const fit = () => {
    for (const [element, source] of formulas) {
      if (!element.classList.contains("display") || element.scrollWidth <= element.clientWidth) continue;
      const lines = pieces(source).map((piece) => {
        const line = document.createElement("div");
        render(piece, line, true);
        return line;
      });
      element.replaceChildren(...lines);
      const ratio = element.clientWidth / element.scrollWidth;
      if (ratio < 1) element.style.fontSize = `${Math.max(0.72, ratio * 0.99)}em`;
    }
  };
  document.fonts.ready.then(fit);

  // Filters: verdict chips, chapter, text; the articles follow the table.
  const table = document.querySelector("table.verdicts");
  const rows = table ? all("tbody tr", table) : [];
  const chips = all("[data-filter]");
  const chapter = document.querySelector("[data-chapter-filter]");
  const search = document.querySelector("[data-search]");
  const articles = new Map(all("[data-claim]").map((article) => [article.dataset.claim, article]));
  const sections = all("section.chapter");

  const filter = () => {
    const chosen = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.filter);
    const words = search ? search.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits =
        (!chosen.length || chosen.includes(row.dataset.verdict)) &&
        (!chapter || !chapter.value || row.dataset.chapter === chapter.value) &&
        words.every((word) => text.includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
      const article = articles.get(row.dataset.row);
      if (article) article.hidden = !fits;
    }
    for (const section of sections) section.hidden = !section.querySelector("article:not([hidden])");
    const none = document.querySelector("p.none");
    if (none) none.hidden = shown > 0;
  };
  for (const chip of chips)
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  if (chapter) chapter.addEventListener("change", filter);
  if (search) search.addEventListener("input", filter);

  // Sorting: numbers by size, unknown ones last; a second click turns the order.
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.v ?? cell.textContent;
    return value === "" ? null : Number.isNaN(Number(value)) ? value : Number(value);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  const heads = table ? all("thead th", table) : [];
  heads.forEach((head, column) =>
    head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = rows
        .map((row, index) => ({ row, index, value: key(row, column) }))
        .sort((a, b) => {
          if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.index - b.index;
          return (down ? -1 : 1) * compare(a.value, b.value) || a.index - b.index;
        });
      table.tBodies[0].append(...sorted.map((entry) => entry.row));
    })
  );

  // Saving: a figure with the glyphs it shares with others, a table as CSV.
  const save = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const figureText = (svg) => {
    const copy = svg.cloneNode(true);
    const defs = document.createElementNS(svg.namespaceURI, "defs");
    const wanted = new Set(all("use", copy).map((use) => use.getAttribute("href").slice(1)));
    for (const glyph of all("svg.sprite path")) if (wanted.has(glyph.id)) defs.append(glyph.cloneNode(true));
    copy.prepend(defs);
    return '<?xml version="1.0" encoding="utf-8"?>\n' + new XMLSerializer().serializeToString(copy);
  };
  for (const button of all("[data-svg]"))
    button.addEventListener("click", () => save(button.dataset.svg, "image/svg+xml", figureText(button.closest("figure").querySelector("svg"))));
  const quoted = (text) => (/[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  for (const button of all("[data-csv]"))
    button.addEventListener("click", () => {
      const lines = all("tr", button.closest("details")).map((row) => [...row.cells].map((cell) => quoted(cell.dataset.v ?? cell.textContent)).join(","));
      save(button.dataset.csv, "text/csv", lines.join("\n") + "\n");
    });

  // Print: every fold is open on paper, and as before on the screen.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const fold of closed) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of closed) fold.open = false;
  });

  // A link to a claim that a filter hides shows it.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) {
      for (const chip of chips) chip.setAttribute("aria-pressed", "false");
      if (chapter) chapter.value = "";
      if (search) search.value = "";
      filter();
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
})();
