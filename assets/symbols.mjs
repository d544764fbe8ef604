// The sprite of the map's symbols: for each kind of layer a shape, and in it a glyph.
//
// Shape, colour and glyph each say the kind (look: three ways). Colours are inherited from the page:
// `color` is the kind's colour, `--symbol-glyph` what stands on it, `--symbol-edge` the halo around.
// Glyphs are Maki's and Temaki's (both CC0); the two evacuation pictograms are our own drawings.

import { readFile } from "node:fs/promises";

const BOX = 28;
const filled = 'fill="currentColor" stroke="var(--symbol-edge, #fff)" stroke-width="1.5"';
const outlined =
  'fill="var(--symbol-glyph, #fff)" stroke="currentColor" stroke-width="2.4" stroke-linejoin="round"';

const shapes = {
  square: `<rect x="2.5" y="2.5" width="23" height="23" rx="5.5" ${filled}/>`,
  shield: `<path d="M14 1.5 25.5 5v8.5c0 7-4.6 10.7-11.5 13.5C7.1 24.2 2.5 20.5 2.5 13.5V5z" ${filled}/>`,
  house: `<path d="M3 12.5 14 2.8l11 9.7V25H3z" ${outlined}/>`,
  circle: `<circle cx="14" cy="14" r="12" ${filled}/>`,
  circleOnBar: `<rect x="4" y="22.5" width="20" height="4.5" rx="1.5" ${filled}/><circle cx="14" cy="12" r="11" ${filled}/>`,
  hexagon: `<path d="m14 1 11.5 6.5v13L14 27 2.5 20.5v-13z" ${filled} stroke-linejoin="round"/>`,
  diamond: `<path d="M14 .8 27.2 14 14 27.2.8 14z" ${filled} stroke-linejoin="round"/>`,
  area: `<path d="M4 4h20v20H4z" fill="currentColor" fill-opacity=".3" stroke="currentColor" stroke-width="2"/>`,
};

const runner = `<g fill="none" stroke="var(--symbol-glyph, #fff)" stroke-width="2.1" stroke-linecap="round" stroke-linejoin="round">
<path d="m15.4 10.7-2.6 5 3.3 2-1 4M12.8 15.7l-2 2.9-3.4-.3M10 13.6l1.4-2.7 4-.2 2.2 2.5 2.5-.5"/></g>
<circle cx="17.3" cy="7.4" r="2.1" fill="var(--symbol-glyph, #fff)"/>`;

const underRoof = `<circle cx="14" cy="13" r="2.5" fill="currentColor"/>
<path d="M9.2 23.5c0-4.6 1.9-6.9 4.8-6.9s4.8 2.3 4.8 6.9z" fill="currentColor"/>`;

const plus = `<path d="M12 5.5h4V10h4.5v4H16v4.5h-4V14H7.5v-4H12z" fill="var(--symbol-glyph, #fff)"/>`;

const hatch = `<path d="M4 12 12 4M4 20 20 4M8 24 24 8M16 24l8-8" stroke="currentColor" stroke-width="1.8"/>`;

const maki = (name, size) => fromPackage(`@mapbox/maki/icons/${name}.svg`, size);
const temaki = (name, size) => fromPackage(`@rapideditor/temaki/icons/${name}.svg`, size);

const symbols = {
  public_facility: ["square", maki("town-hall", 17)],
  emergency_site: ["shield", runner],
  shelter: ["house", underRoof],
  welfare: ["circle", temaki("social_facility", 15)],
  medical: ["circleOnBar", plus],
  childcare: ["hexagon", maki("playground", 14)],
  school: ["hexagon", maki("school-JP", 16)],
  heritage: ["diamond", maki("monument", 13)],
  hazard: ["area", hatch],
  planning: ["area", ""],
};

async function fromPackage(path, size) {
  const svg = await readFile(`node_modules/${path}`, "utf8");
  const paths = [...svg.matchAll(/<path[^>]*?\sd="([^"]+)"/g)].map(([, d]) =>
    d.replace(/&#x[aA9];|\s+/g, " ").trim(),
  );
  const scale = (size / 15).toFixed(4);
  const inset = ((BOX - size) / 2).toFixed(2);
  const place = `translate(${inset} ${inset}) scale(${scale})`;
  return `<path transform="${place}" fill="var(--symbol-glyph, #fff)" d="${paths.join(" ")}"/>`;
}

/** Return the sprite: one <symbol> for each kind of layer, its id the kind. */
export async function sprite() {
  const drawn = await Promise.all(
    Object.entries(symbols).map(
      async ([kind, [shape, glyph]]) =>
        `<symbol id="${kind}" viewBox="0 0 ${BOX} ${BOX}">${shapes[shape]}${await glyph}</symbol>`,
    ),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${drawn.join("\n")}</svg>\n`;
}

/** The pages' icon: a place on a folded map. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0017c1"/>
<path d="M6 11v14l6.5-3 7 3 6.5-3V11" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round"/>
<path d="M16 5a5.5 5.5 0 0 1 5.5 5.5c0 4-5.5 8.5-5.5 8.5s-5.5-4.5-5.5-8.5A5.5 5.5 0 0 1 16 5z" fill="#fff"/>
<circle cx="16" cy="10.5" r="2" fill="#0017c1"/></svg>
`;
