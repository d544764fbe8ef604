// The check's map: where a place is now (grey), where it would be (blue), and the arrow between.

import type { Feature, FeatureCollection, Geometry } from "geojson";
import { fill } from "../map/page";
import { Chart, type Drawn } from "./chart";
import { fetchJson, maybe, readMapPage } from "./page";

interface Change {
  state: "old" | "new" | "added" | "removed";
  key: string;
  name: string;
  moved_m: number | null;
}

type Changes = FeatureCollection<Geometry, Change>;

export async function startChanges(): Promise<void> {
  const region = maybe("change-map");
  if (!region) return;
  const page = readMapPage();
  let changes: Changes;
  try {
    changes = await fetchJson<Changes>(page.features);
  } catch {
    region.hidden = false;
    new Chart(page).say("places", true);
    return;
  }
  if (!changes.features.length) return; // nothing has a new place: the list takes all the room
  region.hidden = false;
  const chart = new Chart(page);
  const byKey = new Map<string, { drawn: Drawn[]; old?: Drawn; new?: Drawn }>();
  for (const change of changes.features) {
    const { state, key } = change.properties;
    const entry = byKey.get(key) ?? { drawn: [] };
    const drawn = chart.draw(change, state, tip(change));
    entry.drawn.push(drawn);
    if (state === "old") entry.old = drawn;
    if (state === "new") entry.new = drawn;
    byKey.set(key, entry);
  }
  for (const entry of byKey.values()) {
    if (entry.old && entry.new) chart.arrow(entry.old.bounds, entry.new.bounds);
  }
  chart.settle([...byKey.values()].flatMap(({ drawn }) => drawn));
  join();

  function tip({ properties }: Feature<Geometry, Change>): string {
    const { state, key, name, moved_m } = properties;
    const moved =
      moved_m === null
        ? ""
        : `, ${fill(page.words.moved, { metres: moved_m.toLocaleString(page.language) })}`;
    return `${name || key} (${page.words[state]}${moved})`;
  }

  /** The list says the same as the map: a button shows a row there, pointing at a row lights it. */
  function join(): void {
    for (const row of document.querySelectorAll<HTMLElement>("[data-key]")) {
      const entry = byKey.get(row.dataset.key ?? "");
      const button = row.querySelector<HTMLButtonElement>("[data-show]");
      if (!entry || !button) continue;
      button.hidden = false;
      button.addEventListener("click", () => {
        const [first, ...others] = entry.drawn;
        if (!first) return;
        const bounds = others.reduce((all, each) => all.extend(each.bounds), first.bounds.pad(0));
        chart.fit(bounds);
        region?.scrollIntoView({ block: "nearest" });
      });
      const light = (on: boolean) => () => {
        chart.mark("is-lit", entry.drawn, on);
        row.classList.toggle("is-lit", on);
      };
      row.addEventListener("mouseenter", light(true));
      row.addEventListener("mouseleave", light(false));
      row.addEventListener("focusin", light(true));
      row.addEventListener("focusout", light(false));
    }
  }
}
