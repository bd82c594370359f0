/* Puts an optional point on the plan of the quartiers. Without this file the street or landmark says enough. */
"use strict";

const point = document.getElementById("point");
if (point) {
  const plan = point.querySelector(".point-plan");
  const svg = plan.querySelector("svg");
  const pin = svg.querySelector(".point-pin");
  const said = point.querySelector("[role=status]");
  const remove = point.querySelector("button");
  const quartier = document.getElementById("id_quartier");
  const longitude = document.getElementById("id_longitude");
  const latitude = document.getElementById("id_latitude");
  const scale = Object.fromEntries(Object.entries(point.dataset).map(([name, value]) => [name, Number(value)]));
  const whole = svg.getAttribute("viewBox");
  let at = null;

  const show = (words) => {
    pin.toggleAttribute("hidden", !at);
    remove.hidden = !at;
    if (at) pin.setAttribute("transform", `translate(${at.x} ${at.y})`);
    longitude.value = at ? (scale.west + at.x / scale.scaleX).toFixed(6) : "";
    latitude.value = at ? (scale.north - at.y / scale.scaleY).toFixed(6) : "";
    said.textContent = words;
  };
  const place = (x, y) => {
    at = { x, y };
    show(`Point placé${nameAt(x, y)}.`);
  };
  const nameAt = (x, y) => {
    const probe = new DOMPoint(x, y);
    const found = [...svg.querySelectorAll("path")].find((path) => path.isPointInFill(probe));
    return found ? `, ${found.dataset.name}` : ", hors des quartiers";
  };
  const frame = () => svg.viewBox.baseVal;
  const look = () => {
    const chosen = svg.querySelector(`path[data-quartier="${CSS.escape(quartier.value)}"]`);
    for (const path of svg.querySelectorAll("path")) path.classList.toggle("is-chosen", path === chosen);
    if (!chosen) return svg.setAttribute("viewBox", whole);
    const box = chosen.getBBox();
    const side = Math.max(box.width, box.height) * 1.3;
    const [x, y] = [box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2];
    svg.setAttribute("viewBox", `${x} ${y} ${side} ${side}`);
    pin.querySelector("circle").setAttribute("r", side / 50);
    pin.querySelector(".point-heart").setAttribute("r", side / 150);
  };

  plan.addEventListener("click", (event) => {
    const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    place(spot.x, spot.y);
  });
  plan.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const { x, y, width, height } = frame();
    const step = width / 40;
    const from = at || { x: x + width / 2, y: y + height / 2 };
    place(from.x + moves[event.key][0] * step, from.y + moves[event.key][1] * step);
  });
  remove.addEventListener("click", () => {
    at = null;
    show("Point retiré.");
    plan.focus();
  });
  quartier.addEventListener("change", look);

  point.hidden = false;
  look();
  if (longitude.value && latitude.value) {
    const x = (Number(longitude.value) - scale.west) * scale.scaleX;
    place(x, (scale.north - Number(latitude.value)) * scale.scaleY);
  }
}
