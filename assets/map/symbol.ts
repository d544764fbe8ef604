// Drawings made in the page: the kinds' symbols (from the sprite) and the rings of groups.

import type { Group } from "./groups";

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Record<string, string | number>,
  ...children: SVGElement[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Return the symbol of a kind, decorative: the words stand beside it or on its button. */
export function symbol(sprite: string, kind: string): SVGSVGElement {
  return svg(
    "svg",
    { class: `symbol kind-${kind}`, viewBox: "0 0 28 28", "aria-hidden": "true" },
    svg("use", { href: `${sprite}#${kind}` }),
  );
}

const SIZE = 44;
const CENTRE = SIZE / 2;
const RING = 17;

/** Return a group's number in a ring that is split by kind. */
export function ring({ members }: Group): SVGSVGElement {
  const counts = countsByKind(members.map(({ kind }) => kind));
  const parts: SVGElement[] = [];
  const round = 2 * Math.PI * RING;
  const gap = counts.length > 1 ? 3 : 0;
  let start = 0;
  for (const [kind, count] of counts) {
    const length = (round * count) / members.length;
    parts.push(
      svg("circle", {
        class: `cluster-part kind-${kind}`,
        cx: CENTRE,
        cy: CENTRE,
        r: RING,
        "stroke-dasharray": `${Math.max(length - gap, 1).toFixed(1)} ${round.toFixed(1)}`,
        "stroke-dashoffset": (-start).toFixed(1),
        transform: `rotate(-90 ${CENTRE} ${CENTRE})`,
      }),
    );
    start += length;
  }
  const number = svg("text", { class: "cluster-number", x: CENTRE, y: CENTRE + 5 });
  number.textContent = String(members.length);
  return svg(
    "svg",
    { width: SIZE, height: SIZE, viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" },
    svg("circle", { class: "cluster-disc", cx: CENTRE, cy: CENTRE, r: RING + 4 }),
    ...parts,
    number,
  );
}

export function countsByKind(kinds: string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts];
}
