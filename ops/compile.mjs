import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

/*
 * Turns the TypeScript of these folders into JavaScript, in place, for the image: `node ops/compile.mjs api core …`. By `tsx` a
 * process compiles each of its 300 files, or looks it up, every time that it starts. Files stay where they are, so whatever
 * finds a script, a thread or a migration by its file finds it there.
 */

/** The name of a file of ours in an import, a URL or a path: `./x.ts`, `../x.ts`, `#core/x.ts`. */
const OURS = /(['"])((?:\.{1,2}\/|#)[^'"\n]*)\.ts\1/g;

for (const folder of process.argv.slice(2))
  for (const name of filesIn(folder)) {
    const source = readFileSync(name, 'utf8');
    const { code } = transformSync(source, {
      ...{ loader: 'ts', target: 'esnext', sourcefile: name },
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    });
    writeFileSync(name.replace(/\.ts$/, '.js'), code.replace(OURS, '$1$2.js$1'));
    rmSync(name);
  }

function filesIn(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /(?<!\.d)\.ts$/.test(name)).map((name) => join(folder, name));
}
