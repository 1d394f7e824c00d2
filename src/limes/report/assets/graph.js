"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Hover texts: shown at once beside the pointer, and to the keyboard; arrows of the node stand out.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  const place = (x, y) => {
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 12) : y + 18}px`;
  };
  const show = (text, x, y) => {
    tip.textContent = text;
    tip.hidden = !text;
    if (text) place(x, y);
  };
  const near = (svg, names) => {
    svg.classList.toggle("pointed", names !== null);
    for (const line of all(".line, .label", svg)) line.classList.toggle("near", names !== null && (names.has(line.dataset.from) || names.has(line.dataset.to)));
    if (names === null) return;
    const ends = new Set(names);
    for (const line of all(".line.near", svg)) ends.add(line.dataset.from).add(line.dataset.to);
    for (const node of all(".node", svg)) node.classList.toggle("near", ends.has(node.dataset.node));
  };
  for (const svg of all("figure .art svg")) {
    const whole = svg.querySelector(":scope > title");
    if (whole) whole.remove();
    for (const part of all("g", svg)) {
      const title = part.querySelector(":scope > title");
      if (!title) continue;
      const text = title.textContent;
      title.remove();
      part.setAttribute("aria-label", text);
      part.addEventListener("pointermove", (event) => show(text, event.clientX, event.clientY));
      part.addEventListener("pointerleave", () => show("", 0, 0));
    }
    for (const node of all(".node", svg)) {
      const names = new Set([node.dataset.node]);
      if (!node.closest("a")) node.setAttribute("tabindex", "0");
      node.addEventListener("pointerenter", () => near(svg, names));
      node.addEventListener("pointerleave", () => near(svg, null));
      node.addEventListener("focus", () => {
        const box = node.getBoundingClientRect();
        near(svg, names);
        show(node.getAttribute("aria-label") ?? "", box.right, box.top);
      });
      node.addEventListener("blur", () => {
        near(svg, null);
        show("", 0, 0);
      });
    }
  }

  // A box leads to the drawing of what it holds.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold = target; fold; fold = fold.parentElement) if (fold instanceof HTMLDetailsElement) fold.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
  for (const link of all("svg a"))
    link.addEventListener("click", () => {
      if (link.getAttribute("href") === location.hash) reveal();
    });

  // On paper every fold is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const fold of closed) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of closed) fold.open = false;
  });
})();
