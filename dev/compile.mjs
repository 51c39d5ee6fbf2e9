import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build, transform } from 'esbuild';

/*
 * Turns the TypeScript of these folders into JavaScript in another one: `node dev/compile.mjs TO FOLDER… [--bundle=PROGRAM]…`. By
 * `tsx` a process compiles each of its 300 files, or looks it up, every time that it starts. Each file keeps its place, so
 * whatever finds a script, a thread or a migration by its file finds it there. The image runs what this makes, and so does
 * `npm start`.
 *
 * A program that is started often is bundled with the packages that it needs: Node reads a few files then instead of 1,000.
 * A worker has imported everything after 0.3 s of CPU, and file by file after 1.0 s.
 */

/** The name of a file of ours in an import, a URL or a path: `./x.ts`, `../x.tsx`, `#core/x.ts`. */
const OURS = /(['"])((?:\.{1,2}\/|#)[^'"\n]*)\.tsx?\1/g;

async function compile(name, to) {
  const file = join(to, name.replace(/\.tsx?$/, '.js'));
  const { code } = await transform(await readFile(name, 'utf8'), {
    ...{ loader: name.endsWith('x') ? 'tsx' : 'ts', jsx: 'automatic', target: 'esnext' },
    // With `--enable-source-maps` an error names the line of the source.
    ...{ sourcemap: 'inline', sourcesContent: false, sourcefile: relative(dirname(file), name) },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  await write(file, code.replace(OURS, '$1$2.js$1'));
}

async function write(file, text) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** All bundles are in one folder, and share the files of what several of them need. */
const BUNDLED = 'bundled';

/** Bundles these programs. The file of each then only imports its bundle. */
async function bundle(programs, to) {
  const named = programs.map((name) => [name.replace(/\.ts$/, '').replaceAll('/', '-'), name]);
  await build({
    entryPoints: Object.fromEntries(named),
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'esnext' },
    ...{ outdir: join(to, BUNDLED), sourcemap: 'linked', sourcesContent: false, logLevel: 'warning' },
    external: NOT_BUNDLED,
    banner: { js: REQUIRE },
    plugins: [{ name: 'places', setup: keepPlaces }],
  });
  for (const [bundled, name] of named) {
    const file = join(to, name.replace(/\.ts$/, '.js'));
    await write(file, `import '${relative(dirname(file), join(to, BUNDLED, bundled))}.js';\n`);
  }
}

/** Next and the compilers find their own files by their places. */
const NOT_BUNDLED = ['next', 'esbuild', 'tsx'];

/** Packages of the older kind ask for others while they run. */
const REQUIRE = `import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);`;

/**
 * In a bundle `import.meta.url` of a file of ours is that of its compiled file. Nobody looks for lines of packages. A package that
 * is loaded only when it is needed stays outside: bundled, one of the older kind would have no names to import.
 */
function keepPlaces({ onLoad, onResolve }) {
  onResolve({ filter: /^[a-z@]/ }, ({ kind, importer }) =>
    kind === 'dynamic-import' && !importer.includes('/node_modules/') ? { external: true } : undefined,
  );
  onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => ({
    contents: `${await readFile(path, 'utf8')}\n${NO_LINES}`,
  }));
  onLoad({ filter: /\.ts$/ }, async ({ path }) => {
    const compiled = relative(process.cwd(), path).replace(/\.ts$/, '.js');
    const text = await readFile(path, 'utf8');
    const contents = text
      .replace(OTHER_FILE, '$1.js$2')
      .replaceAll('import.meta.url', `new URL('../${compiled}', import.meta.url).href`);
    return { contents, loader: 'ts' };
  });
}

const OTHER_FILE = /(new URL\('[^']*)\.ts(', import\.meta\.url\))/g;
/** A source map without a line. */
const NO_LINES = `//# sourceMappingURL=data:application/json,${encodeURIComponent('{"version":3,"sources":[""],"mappings":"A"}')}`;

const IS_TEST = /\.test\.tsx?$/;
const IS_SOURCE = /(?<!\.d)\.tsx?$/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { bundle: { type: 'string', multiple: true, default: [] } },
});
const [to, ...folders] = positionals;
// What is not there any more must not be found there: a migration of another branch would be applied.
await Promise.all(
  [BUNDLED, ...folders].map((folder) => rm(join(to, folder), { recursive: true, force: true })),
);
const files = (await Promise.all(folders.map(filesIn))).flat().filter((name) => !IS_TEST.test(name));
await Promise.all(files.map((name) => (IS_SOURCE.test(name) ? compile(name, to) : cp(name, join(to, name)))));
// Names that begin with # are found through it.
await cp('package.json', join(to, 'package.json'));
await bundle(values.bundle, to);
