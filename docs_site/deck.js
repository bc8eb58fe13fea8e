// Keys and buttons of a deck. The number of the slide is in the address, so that a reload stays there.
const slides = [...document.querySelectorAll("section")];
const root = document.documentElement;
root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

const place = () => Math.min(Math.max(Number(location.hash.slice(1)) || 1, 1), slides.length);
const go = (number) => location.replace(`#${Math.min(Math.max(number, 1), slides.length)}`);
const show = () => {
  slides.forEach((slide, index) => slide.classList.toggle("now", index + 1 === place()));
  document.querySelector("#place").value = `${place()} / ${slides.length}`;
};
const keys = {
  ArrowRight: () => go(place() + 1),
  PageDown: () => go(place() + 1),
  " ": () => go(place() + 1),
  ArrowLeft: () => go(place() - 1),
  PageUp: () => go(place() - 1),
  Home: () => go(1),
  End: () => go(slides.length),
  n: () => document.body.classList.toggle("notes"),
  d: () => (root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"),
  f: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
};
addEventListener("keydown", (event) => {
  const act = keys[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || (event.key === " " && event.target.matches("button, a"))) return;
  event.preventDefault();
  act();
});
addEventListener("hashchange", show);
document.querySelector("#back").onclick = keys.ArrowLeft;
document.querySelector("#on").onclick = keys.ArrowRight;
show();
