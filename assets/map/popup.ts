// What opens at a place: its name and the way to its page; or the names of places at one spot.

import { copyOf, type Page, setText, slot } from "./page";
import { isPoint, type Place } from "./places";
import { symbol } from "./symbol";

export function placePopup(place: Place, page: Page, close: () => void): HTMLElement {
  const popup = copyOf("popup-template");
  setText(slot(popup, "name"), place.name);
  slot(popup, "symbol").replaceWith(symbol(page.symbols, place.kind));
  setText(slot(popup, "kind"), place.subtitle || (page.kinds[place.kind] ?? ""));
  setText(slot(popup, "address"), place.address);
  slot(popup, "address").hidden = !place.address;
  slot(popup, "sample").hidden = !place.sample;
  slot(popup, "rough").hidden = place.provenance !== "address_town";
  slot<HTMLAnchorElement>(popup, "link").href = place.url;
  slot(popup, "close").addEventListener("click", close);
  return popup;
}

/** Return the list of places that stand too close together to be drawn apart. */
export function crowdPopup(
  places: Place[],
  page: Page,
  heading: string,
  close: () => void,
): HTMLElement {
  const popup = copyOf("crowd-template");
  setText(slot(popup, "name"), heading);
  slot(popup, "list").append(
    ...places.map((place) => {
      const link = document.createElement("a");
      link.href = place.url;
      setText(link, place.name);
      const item = document.createElement("li");
      item.append(symbol(page.symbols, place.kind), link);
      if (!isPoint(place) && place.subtitle) {
        // Areas lie over each other: which of them says what is the point of asking.
        const what = document.createElement("span");
        setText(what, place.subtitle);
        item.append(what);
      }
      return item;
    }),
  );
  slot(popup, "close").addEventListener("click", close);
  return popup;
}
