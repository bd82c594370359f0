// Draw a rectangle on the photo: it fills the next empty zone of the form. Without this script, numbers do the same.
"use strict";
(() => {
  const figure = document.querySelector("[data-blur]");
  if (!figure) return;
  const image = figure.querySelector("img");
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  figure.append(svg);
  const zones = [...document.querySelectorAll("[data-zone]")].map((zone) => [...zone.querySelectorAll("input")]);

  const draw = () => {
    svg.replaceChildren();
    for (const inputs of zones) {
      const [x, y, width, height] = inputs.map((input) => Number(input.value || NaN));
      if (![x, y, width, height].every(Number.isFinite)) continue;
      const rect = document.createElementNS(namespace, "rect");
      for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, value);
      svg.append(rect);
    }
  };
  const at = (event) => {
    const box = image.getBoundingClientRect();
    const share = (value, size) => Math.round(Math.min(Math.max(value / size, 0), 1) * 100);
    return [share(event.clientX - box.left, box.width), share(event.clientY - box.top, box.height)];
  };
  let start = null;
  let inputs = null;
  svg.addEventListener("pointerdown", (event) => {
    inputs = zones.find((zone) => zone.every((input) => input.value === "")) || zones.at(-1);
    start = at(event);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [x, y] = at(event);
    const values = [Math.min(x, start[0]), Math.min(y, start[1]), Math.max(Math.abs(x - start[0]), 1), Math.max(Math.abs(y - start[1]), 1)];
    inputs.forEach((input, index) => { input.value = values[index]; });
    draw();
  });
  svg.addEventListener("pointerup", () => { start = null; });
  document.addEventListener("input", draw);
  draw();
})();
