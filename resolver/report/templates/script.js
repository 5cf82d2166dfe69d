// The page reads the same without this: the slider walks through the table that stands beside it.
(() => {
  const box = document.getElementById("what-if");
  const rows = [...document.querySelectorAll("#thresholds tbody tr")];
  if (box && rows.length > 1) {
    const slider = box.querySelector("input"), out = box.querySelector("output");
    const show = () => {
      const row = rows[slider.value];
      rows.forEach((other) => other.classList.toggle("now", other === row));
      slider.setAttribute("aria-valuetext", row.cells[0].textContent.trim());
      out.textContent = row.dataset.words;
    };
    slider.max = rows.length - 1;
    slider.value = rows.findIndex((row) => row.classList.contains("now"));
    slider.addEventListener("input", show);
    box.hidden = false;
    show();
  }
  // A table that fits needs no stop of the Tab key.
  const stops = () => document.querySelectorAll(".scroll").forEach((part) => {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0; else part.removeAttribute("tabindex");
  });
  addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
  stops();
  // Paper has no triangle to click.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
})();
