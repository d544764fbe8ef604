// Points close together become one group with a number. What is drawn is exactly what is in view:
// a group stands for its members inside the box, however the whole group reaches beyond the edge.

import Supercluster from "supercluster";
import { type Box, encompasses, union } from "./extent";
import { inView, middle, type Place } from "./places";

/** Pixels within which points become one group: the size of a finger's target. */
const RADIUS = 44;
/** Pixels at which two groups would cover each other. */
const COVERED = 36;
const MAX_ZOOM = 20;
const PIXELS_OF_WORLD = 256;

type Order = { order: number };
type Found =
  | Supercluster.ClusterFeature<Supercluster.AnyProps>
  | Supercluster.PointFeature<Order>;

export interface Group {
  /** The same members have the same key. */
  key: string;
  latitude: number;
  longitude: number;
  members: Place[];
}

/** A group with the box of its members: it need not be looked into while all of it is in view. */
interface Whole extends Group {
  box: Box;
}

export class Grouping {
  #index = new Supercluster<Order>({
    radius: RADIUS,
    maxZoom: MAX_ZOOM,
    extent: PIXELS_OF_WORLD,
  });
  #points: Place[] = [];
  /** Whole groups that were asked for, by the index's name for them. */
  readonly #wholes = new Map<number, Whole>();

  constructor() {
    this.load([]); // there is nothing yet to ask for
  }

  /** Take the point places, in listing order. */
  load(points: Place[]): void {
    this.#points = points;
    this.#wholes.clear();
    this.#index.load(
      points.map((place, order) => {
        const [latitude, longitude] = middle(place);
        const coordinates = [longitude, latitude];
        return { type: "Feature", geometry: { type: "Point", coordinates }, properties: { order } };
      }),
    );
  }

  /** Return the groups of the points in a box; the chosen place always stands alone. */
  inside(box: Box, zoom: number, chosen: number | null): Group[] {
    const pixel = 360 / (PIXELS_OF_WORLD * 2 ** zoom);
    // A group's middle lies at most twice the radius from its members (the radius halves per level).
    const pad = 2 * RADIUS * pixel;
    const around: [number, number, number, number] = [
      box.west - pad, box.south - pad, box.east + pad, box.north + pad,
    ];
    const groups: Group[] = [];
    let alone: Place | undefined;
    for (const found of this.#index.getClusters(around, zoom)) {
      const whole = this.#wholeOf(found);
      const hasChosen = chosen !== null && whole.members.some(({ id }) => id === chosen);
      if (!hasChosen && encompasses(box, whole.box)) {
        groups.push(whole);
        continue;
      }
      const members = whole.members.filter((place) => inView(place, box));
      alone ??= members.find(({ id }) => id === chosen);
      const rest = members.filter((place) => place !== alone);
      if (rest.length) groups.push(group(rest));
    }
    return [...apart(groups, pixel), ...(alone ? [group([alone])] : [])];
  }

  #wholeOf({ properties }: Found): Whole {
    const name = "cluster_id" in properties ? Number(properties.cluster_id) : -1 - properties.order;
    const known = this.#wholes.get(name);
    if (known) return known;
    const orders =
      name < 0
        ? [-1 - name]
        : this.#index.getLeaves(name, Infinity).map((leaf) => leaf.properties.order);
    const members = orders.map((order) => this.#points[order] as Place);
    const whole = { ...group(members), box: union(members.map((place) => place.box)) };
    this.#wholes.set(name, whole);
    return whole;
  }
}

/** Join groups whose middles came to lie so close that one would cover the other. */
function apart(groups: Group[], pixel: number): Group[] {
  const kept: Group[] = [];
  for (const next of groups) {
    const across = pixel * Math.cos((next.latitude * Math.PI) / 180);
    const covered = kept.findIndex(
      (other) =>
        Math.hypot(
          (other.longitude - next.longitude) / pixel,
          (other.latitude - next.latitude) / across,
        ) < COVERED,
    );
    const other = kept[covered];
    if (other) kept[covered] = group([...other.members, ...next.members]);
    else kept.push(next);
  }
  return kept.length < groups.length ? apart(kept, pixel) : kept;
}

function group(places: Place[]): Group {
  const members = [...places].sort((a, b) => a.order - b.order);
  let [latitude, longitude] = [0, 0];
  for (const place of members) {
    const [north, east] = middle(place);
    latitude += north / members.length;
    longitude += east / members.length;
  }
  return { key: members.map(({ id }) => id).join(" "), latitude, longitude, members };
}
