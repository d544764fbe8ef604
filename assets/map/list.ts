// The list beside the map: the same places, in the same order, for everybody who doesn't use the map.

import { copyOf, fill, type Page, part, setText, slot } from "./page";
import type { Place } from "./places";
import { symbol } from "./symbol";

const BATCH = 100;

/** What else the count has to say. */
interface About {
  nothingChosen?: boolean;
  /** So many at least are on the map, and too many to be listed. */
  notListed?: number;
  /** More may be there: it is not known yet that nothing is. */
  loading?: boolean;
}

interface Handlers {
  /** Somebody asks to see a place on the map. */
  show(place: Place): void;
  /** Somebody points at a place of the list, or no longer. */
  light(place: Place | null): void;
}

export class PlaceList {
  #root = part("places");
  #more = part<HTMLButtonElement>("more");
  #count = part("count");
  #entries = new Map<number, HTMLElement>();
  #places: Place[] = [];
  #about: About = {};
  #limit = BATCH;
  #chosen: number | null = null;

  constructor(
    private readonly page: Page,
    private readonly handlers: Handlers,
  ) {
    this.#root.replaceChildren();
    this.#more.addEventListener("click", () => {
      const first = this.#places[this.#limit];
      this.#limit += BATCH;
      this.show(this.#places, this.#about);
      if (first) this.#entries.get(first.id)?.querySelector("a")?.focus();
    });
  }

  /** List these places, which are those that the map shows; say what is missing where none is. */
  show(places: Place[], about: About = {}): void {
    this.#places = places;
    this.#about = about;
    const listed = places.slice(0, this.#limit);
    const wanted = new Set(listed.map(({ id }) => id));
    for (const [id, entry] of this.#entries) {
      if (!wanted.has(id)) {
        entry.remove();
        this.#entries.delete(id);
      }
    }
    // The order of places never changes, so entries that stay are not moved and keep the focus.
    let next = this.#root.firstElementChild;
    for (const place of listed) {
      const entry = this.#entries.get(place.id);
      if (entry) next = entry.nextElementSibling;
      else this.#root.insertBefore(this.#entry(place), next);
    }
    this.#more.hidden = places.length <= this.#limit;
    const said = this.#words(places.length, about);
    // Written only when it changed: it is a live region.
    if (this.#count.textContent !== said) this.#count.textContent = said;
    this.choose(this.#chosen);
  }

  /** Return the place that is listed under an id. */
  find(id: number): Place | undefined {
    return this.#places.find((place) => place.id === id);
  }

  #words(number: number, { nothingChosen, notListed, loading }: About): string {
    const { words, language } = this.page;
    if (nothingChosen) return words.choose;
    if (loading) return words.loading;
    const count = (number + (notListed ?? 0)).toLocaleString(language);
    if (notListed) return fill(words.more, { count });
    return number ? fill(words.count, { count }) : words.none;
  }

  light(places: Place[]): void {
    const lit = new Set(places.map(({ id }) => id));
    for (const [id, entry] of this.#entries) entry.classList.toggle("is-lit", lit.has(id));
  }

  choose(id: number | null): void {
    this.#chosen = id;
    for (const [other, entry] of this.#entries) {
      entry.classList.toggle("is-chosen", other === id);
    }
  }

  /** Return the button that shows a place on the map. */
  buttonOf(id: number): HTMLElement | undefined {
    return this.#entries.get(id)?.querySelector<HTMLElement>('[data-slot="show"]') ?? undefined;
  }

  /** Scroll the panel so that a place's entry can be seen, where the panel scrolls by itself. */
  reveal(id: number): void {
    const panel = this.#root.closest(".panel");
    if (panel && panel.scrollHeight > panel.clientHeight) {
      this.#entries.get(id)?.scrollIntoView({ block: "nearest" });
    }
  }

  #entry(place: Place): HTMLElement {
    const entry = copyOf("place-template");
    entry.dataset.feature = String(place.id);
    slot(entry, "symbol").replaceWith(symbol(this.page.symbols, place.kind));
    const link = slot<HTMLAnchorElement>(entry, "name");
    link.href = place.url;
    setText(link, place.name);
    slot(entry, "sample").hidden = !place.sample;
    setText(slot(entry, "subtitle"), place.subtitle || (this.page.kinds[place.kind] ?? ""));
    setText(slot(entry, "address"), place.address);
    setText(slot(entry, "which"), place.name);
    slot(entry, "show").addEventListener("click", () => this.handlers.show(place));
    const lit = (on: boolean) => () => this.handlers.light(on ? place : null);
    entry.addEventListener("mouseenter", lit(true));
    entry.addEventListener("mouseleave", lit(false));
    entry.addEventListener("focusin", lit(true));
    entry.addEventListener("focusout", lit(false));
    this.#entries.set(place.id, entry);
    return entry;
  }
}
