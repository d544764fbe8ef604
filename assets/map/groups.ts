// Points close together become one group with a number. What is drawn is exactly what is in view:
// a group stands for its members inside the box, however the whole group reaches beyond the edge.

import Supercluster from "supercluster";
import type { Box } from "./extent";
import { inView, middle, type Place } from "./places";

/** Pixels within which points become one group: the size of a finger's target. */
const RADIUS = 44;
/** Pixels at which two groups would cover each other. */
const COVERED = 36;
const MAX_ZOOM = 20;
const PIXELS_OF_WORLD = 256;

type Order = { order: number };

export interface Group {
  /** The same members have the same key. */
  key: string;
  latitude: number;
  longitude: number;
  members: Place[];
}

export class Grouping {
  #index = new Supercluster<Order>({
    radius: RADIUS,
    maxZoom: MAX_ZOOM,
    extent: PIXELS_OF_WORLD,
  });
  #points: Place[] = [];

  constructor() {
    this.load([]); // there is nothing yet to ask for
  }

  /** Take the point places, in listing order. */
  load(points: Place[]): void {
    this.#points = points;
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
      const members = this.#membersOf(found).filter((place) => inView(place, box));
      alone ??= members.find(({ id }) => id === chosen);
      const rest = members.filter((place) => place !== alone);
      if (rest.length) groups.push(group(rest));
    }
    return [...apart(groups, pixel), ...(alone ? [group([alone])] : [])];
  }

  #membersOf({ properties }: Supercluster.ClusterFeature<Supercluster.AnyProps> | Supercluster.PointFeature<Order>) {
    if (!("cluster_id" in properties)) return [this.#points[properties.order] as Place];
    return this.#index
      .getLeaves(properties.cluster_id, Infinity)
      .map((leaf) => this.#points[leaf.properties.order] as Place);
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
  const mean = (axis: 0 | 1) =>
    members.reduce((sum, place) => sum + middle(place)[axis], 0) / members.length;
  return {
    key: members.map(({ id }) => id).join(" "),
    latitude: mean(0),
    longitude: mean(1),
    members,
  };
}
