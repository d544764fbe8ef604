// Builds static/dist/ from assets/: `npm run build`, or `npm run watch` while working on them.
// The file names carry no digest: Django's manifest storage adds it when static files are collected.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { context } from "esbuild";
import { icon, sprite } from "./symbols.mjs";

const out = "static/dist";

// Leaflet's style sheet names pictures of controls and pins that we don't use, and a `data:` picture
// that the content security policy refuses: rules with a url() are left out.
const leafletWithoutPictures = {
  name: "leaflet-without-pictures",
  setup(build) {
    build.onLoad({ filter: /leaflet\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/[^{}]*\{[^{}]*url\([^{}]*\}/g, ""),
      loader: "css",
    }));
  },
};

// Leaflet empties a tile with a transparent pixel whose `data:` address the policy refuses, too; its
// setting for that is read nowhere in the bundled file. Ours lies beside the script.
const leafletWithOwnPixel = {
  name: "leaflet-with-own-pixel",
  setup(build) {
    build.onResolve({ filter: /^leaflet$/ }, () => ({
      path: resolve("node_modules/leaflet/dist/leaflet-src.esm.js"),
    }));
    build.onLoad({ filter: /leaflet-src\.esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace(
        /emptyImageUrl = 'data:[^']+'/,
        "emptyImageUrl = new URL('empty.png', import.meta.url).href",
      );
      if (contents === source) throw new Error("Leaflet's empty picture was not found");
      return { contents, loader: "js" };
    });
  },
};

const emptyPng = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=",
  "base64",
);

const options = {
  entryPoints: {
    map: "assets/map/main.ts",
    "tile-worker": "assets/map/tile-worker.ts",
    site: "assets/css/site.css",
    imports: "assets/imports/main.ts",
    staff: "assets/css/staff.css",
  },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  legalComments: "linked",
  logLevel: "info",
  plugins: [leafletWithoutPictures, leafletWithOwnPixel],
};

await mkdir(out, { recursive: true });
await writeFile(`${out}/symbols.svg`, await sprite());
await writeFile(`${out}/icon.svg`, icon);
await writeFile(`${out}/empty.png`, emptyPng);
const build = await context(options);
if (process.argv.includes("--watch")) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
