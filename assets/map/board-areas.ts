// Leaflet's side of the tiles of lines and areas: which squares are there, and their pictures.

import * as L from "leaflet";
import type { Areas } from "./areas";
import { SQUARE } from "./grid";
import { Superseded } from "./work";

/** More of the device's pixels than this to one of CSS are not seen, and cost memory. */
const MOST_RATIO = 2;

interface Drawn {
  coords: L.Coords;
  element: HTMLElement;
  areas: HTMLCanvasElement;
  marks: HTMLCanvasElement | null;
  stop: AbortController;
}

export class AreaLayer extends L.GridLayer {
  readonly #drawn = new Map<HTMLElement, Drawn>();
  #marked: number[] = [];

  constructor(
    private readonly slug: string,
    private readonly areas: Areas,
    private readonly failed: () => void,
  ) {
    super({ tileSize: SQUARE, pane: "areas", updateWhenZooming: false, keepBuffer: 1 });
    this.on("tileunload", ({ tile }) => this.#forget(tile as HTMLElement));
  }

  protected override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const element = document.createElement("div");
    const areas = canvas();
    element.append(areas);
    const drawn = { coords, element, areas, marks: null, stop: new AbortController() };
    this.#drawn.set(element, drawn);
    this.#paint(drawn).then(
      () => done(undefined, element),
      (error: Error) => {
        this.#told(drawn, error);
        done(error, element);
      },
    );
    void this.#paintMarks(drawn);
    return element;
  }

  /** Mark these lines and areas, and no others. */
  mark(ids: number[]): void {
    if (ids.join() === this.#marked.join()) return;
    this.#marked = ids;
    for (const drawn of this.#drawn.values()) void this.#paintMarks(drawn);
  }

  /** Draw the same squares again, in new colours. */
  repaint(): void {
    for (const drawn of this.#drawn.values()) {
      void this.#paint(drawn).catch((error: Error) => this.#told(drawn, error));
      void this.#paintMarks(drawn);
    }
  }

  async #paint({ coords, areas, stop }: Drawn): Promise<void> {
    const ask = { slug: this.slug, square: square(coords) };
    show(areas, await this.areas.ask("paint", ask, stop.signal));
  }

  async #paintMarks(drawn: Drawn): Promise<void> {
    const ids = this.#marked;
    if (!ids.length) return drawn.marks?.remove();
    const ask = { slug: this.slug, square: square(drawn.coords), ids };
    const picture = await this.areas.ask("marks", ask, drawn.stop.signal).catch(() => null);
    if (ids !== this.#marked) return picture?.close(); // others are marked by now
    if (!picture) return drawn.marks?.remove();
    drawn.marks ??= canvas();
    drawn.element.append(drawn.marks);
    show(drawn.marks, picture);
  }

  #told({ stop }: Drawn, error: Error): void {
    if (!stop.signal.aborted && !(error instanceof Superseded)) this.failed();
  }

  #forget(element: HTMLElement): void {
    this.#drawn.get(element)?.stop.abort();
    this.#drawn.delete(element);
  }
}

function square({ x, y, z }: L.Coords) {
  const ratio = Math.min(MOST_RATIO, window.devicePixelRatio || 1);
  return { x, y, z: z - 1, pixels: Math.round(SQUARE * ratio), ratio };
}

function canvas(): HTMLCanvasElement {
  const made = document.createElement("canvas");
  made.className = "area-picture";
  return made;
}

function show(on: HTMLCanvasElement, picture: ImageBitmap | null): void {
  on.hidden = !picture;
  if (!picture) return;
  [on.width, on.height] = [picture.width, picture.height];
  on.getContext("bitmaprenderer")?.transferFromImageBitmap(picture);
}
