// What the mouse is over: asked when it rests for the length of a frame, one question at a time.

import type { Place } from "./places";

type At = [latitude: number, longitude: number] | null;

export class Pointer {
  #at: At = null;
  #asking = false;
  #told = "";

  constructor(
    private readonly find: (at: NonNullable<At>) => Promise<Place[]>,
    private readonly tell: (places: Place[]) => void,
  ) {}

  /** The mouse moved; null when it left. */
  over(at: At): void {
    this.#at = at;
    if (this.#asking) return;
    this.#asking = true;
    requestAnimationFrame(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    const at = this.#at;
    const places = at ? await this.find(at) : [];
    this.#asking = false;
    const ids = places.map(({ id }) => id).join();
    if (ids !== this.#told) {
      this.#told = ids;
      this.tell(places);
    }
    if (this.#at !== at) this.over(this.#at);
  }
}
