"use strict";
// Formulas, typeset in place by the KaTeX beside this file; MathML is kept for screen readers.
(() => {
  const options = { throwOnError: false, trust: false, strict: "ignore", maxSize: 40, output: "htmlAndMathml" };

  // A long statement is set on several lines, divided at its own wide spaces.
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

  const line = (source, displayMode) => {
    const element = document.createElement(displayMode ? "div" : "span");
    katex.render(source, element, { ...options, displayMode });
    return element;
  };

  const wide = [];
  for (const element of document.querySelectorAll(".arithmatex")) {
    const text = element.textContent.trim();
    const source = text.replace(/^\\[(\[]/, "").replace(/\\[)\]]$/, "");
    element.replaceChildren(line(source, text.startsWith("\\[")));
    if (text.startsWith("\\[")) wide.push([element, source]);
  }
  const fit = () => {
    for (const [element, source] of wide) {
      if (element.scrollWidth <= element.clientWidth) continue;
      element.replaceChildren(...pieces(source).map((piece) => line(piece, true)));
      const ratio = element.clientWidth / element.scrollWidth;
      if (ratio < 1) element.style.fontSize = `${Math.max(0.72, ratio * 0.99)}em`;
    }
  };
  document.fonts.ready.then(fit);
})();
