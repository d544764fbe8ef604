// Which coordinate system? The map shows where each candidate would place the file.

import type { FeatureCollection } from "geojson";
import { Chart, type Drawn } from "./chart";
import { fetchJson, maybe, readMapPage } from "./page";

export async function startCandidates(): Promise<void> {
  const region = maybe("crs-map");
  const answers = maybe("answers");
  if (!region || !answers) return;
  const page = readMapPage();
  region.hidden = false;
  const chart = new Chart(page);
  let overlays: Record<string, FeatureCollection>;
  try {
    overlays = await fetchJson<Record<string, FeatureCollection>>(page.features);
  } catch {
    chart.say("places", true);
    return;
  }
  const drawn = new Map<string, Drawn[]>();
  for (const [code, { features }] of Object.entries(overlays)) {
    drawn.set(code, features.map((feature) => chart.draw(feature, "candidate", "")));
  }
  chart.settle([...drawn.values()].flat());

  const chosen = () => answers.querySelector<HTMLInputElement>("input:checked")?.value;
  const light = (code = chosen()) => {
    for (const [other, marks] of drawn) chart.mark("is-chosen", marks, other === code);
    if (code) chart.lift(drawn.get(code) ?? []);
  };
  answers.addEventListener("change", () => light());
  for (const answer of answers.querySelectorAll<HTMLElement>(".answer")) {
    const code = answer.querySelector("input")?.value;
    answer.addEventListener("mouseenter", () => light(code));
    answer.addEventListener("mouseleave", () => light());
  }
  light();
}
