// What is published now. A page may stand open for days, or come out of a cache: it looks again, and
// goes on with the new files.

import type { Addresses, LayerInfo, Page } from "./page";

const HOUR_MS = 3_600_000;
/** After being out of sight so long, the page looks at once when it is looked at. */
const AWAY_MS = 300_000;
/** The same file missed by many requests is one question. */
const JUST_NOW_MS = 2000;

interface Manifest {
  layers: {
    slug: string;
    parts: {
      map?: {
        href: string;
        languages?: string[];
        tiles?: string;
        minzoom?: number;
        maxzoom?: number;
        zooms?: Record<string, [number, number, number, number][]>;
      };
    };
  }[];
}

/** What a missing file means: the layer was published anew; it wasn't, so nothing is there; or neither. */
export type Gone = "anew" | "current" | "unknown";

export class Published {
  #freshAt = Date.now();
  #lookedAt = -Infinity;
  #reading: Promise<boolean> | null = null;
  /** The addresses that the manifest named when it was read last. */
  readonly #named = new Set<string>();

  constructor(
    private readonly page: Page,
    private readonly changed: (layers: LayerInfo[]) => void,
  ) {
    if (!page.manifest) return;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.#lookAfter(AWAY_MS);
    });
    addEventListener("pageshow", ({ persisted }) => persisted && void this.look());
    window.setInterval(() => void this.#lookAfter(HOUR_MS), AWAY_MS);
  }

  /** Look before anything is fetched where the page itself did not come from the server just now. */
  async start(): Promise<void> {
    const [came] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    if (came?.transferSize === 0) await this.look();
  }

  /** Read the manifest; false where it can't be had: everything stays as it is then. */
  look(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** A file below an address is gone: say what that means. `now` gives the layer's address of today. */
  async whyGone(address: string, now: () => string | undefined): Promise<Gone> {
    if (now() !== address) return "anew";
    const justNow = Date.now() - this.#lookedAt < JUST_NOW_MS;
    if (!justNow && !(await this.look())) return "unknown";
    if (now() !== address) return "anew";
    return this.#named.has(address) ? "current" : "unknown";
  }

  async #lookAfter(milliseconds: number): Promise<void> {
    if (Date.now() - this.#freshAt > milliseconds) await this.look();
  }

  async #read(): Promise<boolean> {
    const { manifest } = this.page;
    if (!manifest) return false;
    try {
      const signal = AbortSignal.timeout(5000);
      const answer = await fetch(manifest, { cache: "no-cache", signal });
      if (!answer.ok) return false;
      this.#take((await answer.json()) as Manifest);
      this.#freshAt = this.#lookedAt = Date.now();
      return true;
    } catch {
      return false; // no connection
    }
  }

  #take({ layers }: Manifest): void {
    const changed: LayerInfo[] = [];
    this.#named.clear();
    for (const { slug, parts } of layers) {
      const layer = this.page.layers.find((known) => known.slug === slug);
      const addresses = addressesOf(parts, this.page.code);
      if (!layer || !addresses) continue;
      this.#named.add(addresses.tiles?.template ?? addresses.features ?? "");
      const before = [layer.features, layer.tiles?.template].join();
      if (before === [addresses.features, addresses.tiles?.template].join()) continue;
      delete layer.features;
      delete layer.tiles;
      changed.push(Object.assign(layer, addresses));
    }
    if (changed.length) this.changed(changed);
  }
}

function addressesOf(
  { map }: Manifest["layers"][number]["parts"],
  code: string,
): Addresses | null {
  if (!map) return null;
  if (map.minzoom !== undefined && map.maxzoom !== undefined) {
    const { href, minzoom, maxzoom, zooms: present } = map;
    const template = `${href}tiles/{z}/{x}/{y}.mvt`;
    return { tiles: { template, minzoom, maxzoom, ...(present && { present }) } };
  }
  if (!map.languages?.includes(code)) return null;
  return { features: `${map.href}features.${code}.geojson` };
}
