// The tiles of the layers: fetched once, kept while there is room, let go when nobody waits for them.
// Runs in the worker.

import type { Address, Source } from "./grid";
import type { Gone } from "./manifest";
import { decode, type Tile } from "./tile";
import { Superseded } from "./work";

/** Waits before a failed tile is asked for again (milliseconds). */
const RETRIES = [500, 2000];
const MOST_TILES = 96;
/** Bytes kept in all, about; a single tile may be larger. */
const MOST_BYTES = 256e6;
/** What a feature takes besides its coordinates. */
const FEATURE_BYTES = 48;

interface Entry {
  tile: Promise<Tile>;
  /** Bytes that it keeps; 0 while it is on its way. */
  weight: number;
  waiting: number;
  stop: AbortController;
}

/** Asks the page why a file is not there. */
export type OnGone = (slug: string, template: string) => Promise<Gone>;

export class TileStore {
  readonly #sources = new Map<string, Source>();
  /** By address, the one used last at the end. */
  readonly #entries = new Map<string, Entry>();
  #weight = 0;

  constructor(private readonly gone: OnGone) {}

  /** Take where a layer's tiles are now. */
  use(slug: string, source: Source): void {
    this.#sources.set(slug, source);
  }

  source(slug: string): Source {
    const found = this.#sources.get(slug);
    if (!found) throw new Error(`No layer ${slug}`);
    return found;
  }

  /** Return a tile, from here or fetched. Rejects where it can't be had or `signal` says stop. */
  async tile(slug: string, { z, x, y }: Address, signal: AbortSignal): Promise<Tile> {
    const { template } = this.source(slug);
    const values: Record<string, number> = { z, x, y };
    const url = template.replace(/\{(\w)\}/g, (_, name: string) => String(values[name]));
    const entry = this.#entries.get(url) ?? this.#fetch(slug, template, url);
    this.#entries.delete(url);
    this.#entries.set(url, entry);
    entry.waiting += 1;
    try {
      return await Promise.race([entry.tile, stopped(signal)]);
    } finally {
      entry.waiting -= 1;
      if (!entry.waiting && !entry.weight) entry.stop.abort();
    }
  }

  #fetch(slug: string, template: string, url: string): Entry {
    const stop = new AbortController();
    const tile = this.#read(slug, template, url, stop.signal);
    const entry: Entry = { tile, weight: 0, waiting: 0, stop };
    tile.then(
      ({ xy, ids }) => {
        entry.weight = xy.byteLength + FEATURE_BYTES * ids.length + 1;
        this.#weight += entry.weight;
        this.#makeRoom();
      },
      () => this.#entries.get(url) === entry && this.#entries.delete(url),
    );
    return entry;
  }

  async #read(slug: string, template: string, url: string, signal: AbortSignal): Promise<Tile> {
    for (let tried = 0; ; tried++) {
      const answer = await fetch(url, { signal }).catch((error: unknown) => error);
      if (signal.aborted) throw signal.reason;
      if (answer instanceof Response) {
        if (answer.ok) return decode(await answer.arrayBuffer());
        if (answer.status === 404) {
          const why = await this.gone(slug, template);
          if (why === "current") return decode(new ArrayBuffer(0)); // there is nothing there
          if (why === "anew") throw new Superseded(url);
          throw new Error(`${url} is gone`);
        }
      }
      const wait = RETRIES[tried];
      if (wait === undefined) throw new Error(`${url} can't be had`);
      await new Promise((later) => setTimeout(later, wait));
      signal.throwIfAborted();
    }
  }

  #makeRoom(): void {
    for (const [url, { weight, waiting }] of this.#entries) {
      const fits = this.#entries.size <= MOST_TILES && this.#weight <= MOST_BYTES;
      if (fits || this.#entries.size === 1) return;
      if (!weight || waiting) continue;
      this.#entries.delete(url);
      this.#weight -= weight;
    }
  }
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
