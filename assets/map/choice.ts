// What is chosen, and the popup that says so: of one place, or of those that lie together.

import type { Board } from "./board";
import { union } from "./extent";
import type { Group } from "./groups";
import { fill, type Page } from "./page";
import { isPoint, middle, type Place } from "./places";
import { crowdPopup, placePopup } from "./popup";
import { countsByKind } from "./symbol";

/** Degrees within which places count as being at one spot (about two metres). */
const ONE_SPOT = 0.00002;
/** Milliseconds until a map that came nearer has drawn its groups anew. */
const NEARER_MS = 350;

type Focus = () => HTMLElement | undefined;

interface Owner {
  board: Board;
  page: Page;
  /** False while the page is still becoming what its address asks for. */
  isReady(): boolean;
  /** The chosen place is another one, or none. */
  changed(): void;
  /** Somebody chose a place: the list shows it. */
  reveal(place: Place): void;
}

export class Choice {
  #place: Place | null = null;
  #returnFocus: Focus | null = null;

  constructor(private readonly owner: Owner) {}

  get place(): Place | null {
    return this.#place;
  }

  /** Choose a place: its popup opens where it is or at `at`; the list shows it, the address holds it. */
  choose(place: Place, focusAfter: Focus, at: [number, number] = middle(place)): void {
    const { owner } = this;
    this.#place = place;
    owner.changed();
    owner.reveal(place);
    this.#open(at, placePopup(place, owner.page, () => this.close()), isPoint(place));
    this.#place = place; // closing the popup before this one forgot it
    owner.changed();
    this.#returnFocus = focusAfter;
  }

  openGroup(group: Group): void {
    const [first] = group.members;
    if (!first) return;
    const { board } = this.owner;
    const button = () => board.buttonOf(first.id);
    if (group.members.length === 1) return this.choose(first, button);
    const box = union(group.members.map((place) => place.box));
    const oneSpot = box.east - box.west < ONE_SPOT && box.north - box.south < ONE_SPOT;
    if (oneSpot || board.closest) {
      return this.openCrowd(group.members, [group.latitude, group.longitude], button, true);
    }
    const hadFocus = document.activeElement === button();
    board.fit(box, true);
    // The group falls apart where its button had the focus: its first member takes it on.
    if (hadFocus) window.setTimeout(() => button()?.focus(), NEARER_MS);
  }

  /** Name all places of a spot: one of them can be gone to. */
  openCrowd(places: Place[], at: [number, number], focusAfter: Focus, lifted = false): void {
    this.forget();
    const { page } = this.owner;
    this.#open(at, crowdPopup(places, page, crowdLabel(places, page), () => this.close()), lifted);
    this.#returnFocus = focusAfter;
  }

  /** The popup is closed already, or never was open. */
  forget(): void {
    if (!this.#place) return;
    this.#place = null;
    this.owner.changed();
  }

  close(): void {
    const focus = this.#returnFocus;
    this.#returnFocus = null;
    this.owner.board.closePopup();
    focus?.()?.focus();
  }

  #open([latitude, longitude]: [number, number], popup: HTMLElement, lifted: boolean): void {
    this.owner.board.openPopup(latitude, longitude, popup, lifted);
    // Whoever opened it goes on in it; a page that opens with it takes nobody's focus.
    if (this.owner.isReady()) popup.focus({ preventScroll: true });
  }
}

/** Return what stands for places that are drawn or named as one. */
export function crowdLabel(places: Place[], page: Page): string {
  const word = (kind: string) => page.kinds[kind] ?? "";
  const [first] = places;
  if (places.length === 1 && first) return `${first.name} (${word(first.kind)})`;
  const parts = countsByKind(places.map(({ kind }) => kind))
    .map(([kind, count]) => `${word(kind)} ${count}`)
    .join(", ");
  return fill(page.words.group, { count: String(places.length), parts });
}
