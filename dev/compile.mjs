import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { transform } from 'esbuild';

/*
 * Turns the TypeScript of these folders into JavaScript in another one: `node dev/compile.mjs TO FOLDER…`. By `tsx` a process
 * compiles each of its 300 files, or looks it up, every time that it starts. Each file keeps its place, so whatever finds a
 * script, a thread or a migration by its file finds it there. The image runs what this makes, and so does `npm start`.
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

const IS_TEST = /\.test\.tsx?$/;
const IS_SOURCE = /(?<!\.d)\.tsx?$/;

const [to, ...folders] = process.argv.slice(2);
// What is not there any more must not be found there: a migration of another branch would be applied.
await Promise.all(folders.map((folder) => rm(join(to, folder), { recursive: true, force: true })));
const files = (await Promise.all(folders.map(filesIn))).flat().filter((name) => !IS_TEST.test(name));
await Promise.all(files.map((name) => (IS_SOURCE.test(name) ? compile(name, to) : cp(name, join(to, name)))));
// Names that begin with # are found through it.
await cp('package.json', join(to, 'package.json'));
