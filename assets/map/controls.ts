// The buttons around the map, the choice of base map, and the sheet of a phone.

import type { Board } from "./board";
import { say, unsay } from "./messages";
import { part } from "./page";

const LOCATE_MS = 15_000;

/** Give the buttons of the map their work, and show them. */
export function startControls(board: Board, onBase: (id: string) => void): void {
  const controls = part("map-controls");
  const button = (name: string) =>
    controls.querySelector<HTMLButtonElement>(`[data-control="${name}"]`);
  button("in")?.addEventListener("click", () => board.zoomBy(1));
  button("out")?.addEventListener("click", () => board.zoomBy(-1));
  button("locate")?.addEventListener("click", () => locate(board));
  controls.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "base") onBase(target.value);
  });
  controls.hidden = false;
}

function locate(board: Board): void {
  unsay("locate-none", "locate-denied", "locate-failed", "locate-found");
  // Browsers take the position away from pages that did not come over HTTPS.
  if (!("geolocation" in navigator) || !window.isSecureContext) return say("locate-none");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      board.showHere(coords.latitude, coords.longitude, coords.accuracy);
      say("locate-found");
      window.setTimeout(() => unsay("locate-found"), 10_000);
    },
    ({ code, PERMISSION_DENIED }) =>
      say(code === PERMISSION_DENIED ? "locate-denied" : "locate-failed"),
    { enableHighAccuracy: true, timeout: LOCATE_MS, maximumAge: 60_000 },
  );
}

/** On a phone: one button brings the sheet over the map and back. The page's own scrolling moves it. */
export function startSheet(): void {
  const button = part<HTMLButtonElement>("sheet-switch");
  const map = part("map-region");
  const isUp = () => window.scrollY > map.clientHeight / 2;
  button.hidden = false;
  button.addEventListener("click", () => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const top = isUp() ? 0 : map.clientHeight - 12;
    window.scrollTo({ top, behavior: still ? "auto" : "smooth" });
  });
  const told = () => button.setAttribute("aria-expanded", String(isUp()));
  addEventListener("scroll", told, { passive: true });
  // What has the focus on the map must not lie under the sheet.
  map.addEventListener("focusin", () => isUp() && window.scrollTo({ top: 0 }));
  told();
}
