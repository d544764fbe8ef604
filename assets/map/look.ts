// How the areas of a layer look: the style sheet's colours, put into words that a worker understands.

import { type LayerInfo, part } from "./page";
import type { Look } from "./paint";

const forced = matchMedia("(forced-colors: active)");
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Return how a layer's areas are drawn now: light or dark, or in the reader's own colours. */
export function lookOf({ kind, style }: LayerInfo): Look {
  const probe = document.createElement("span");
  probe.className = "ink";
  part("map").append(probe);
  const colour = (text: string): string => {
    probe.style.color = text;
    return getComputedStyle(probe).color;
  };
  const ink = colour("var(--area-ink)");
  const own = forced.matches ? ink : colour(`var(--kind-${kind})`);
  const hatched = kind === "hazard";
  const look: Look = {
    hatched,
    fill: own,
    edge: own,
    cover: forced.matches ? 0 : hatched ? 0.35 : 0.15,
    field: style?.field ?? "",
    classes: (style?.classes ?? []).map(({ value, colour: given }) => {
      if (forced.matches) return { value, fill: ink, edge: ink };
      // The official depths are pale: a darker edge and hatch tell them apart, on any map.
      return { value, fill: colour(given), edge: colour(`color-mix(in srgb, ${given}, #000 60%)`) };
    }),
    mark: colour("var(--area-mark)"),
    halo: colour("var(--area-halo)"),
  };
  if (look.classes.length && !forced.matches) look.cover = 0.65;
  probe.remove();
  return look;
}

/** Call a function when the colours have to be looked up anew. */
export function onNewColours(work: () => void): void {
  for (const query of [forced, dark]) query.addEventListener("change", work);
}
