// After the build: holds it against the budgets, and writes .gz beside what compresses, so that the
// hub sends bytes that were made once. A budget that is broken fails the build.
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';

const dist = new URL('dist/', import.meta.url).pathname;
const KB = 1024;
const BUDGET = {
  'initial JS': 60 * KB, CSS: 12 * KB, 'HTML': 12 * KB, 'first load': 90 * KB, 'largest lazy chunk': 40 * KB, 'all of it': 260 * KB,
};

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));
const zipped = new Map();
const size = (name) => {
  if (!zipped.has(name)) zipped.set(name, gzipSync(readFileSync(join(dist, name)), { level: 9 }).length);
  return zipped.get(name);
};
const sum = (names) => [...names].reduce((n, name) => n + size(name), 0);

const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
rmSync(join(dist, '.vite'), { recursive: true });

/** A chunk with all that it imports before it runs. */
function closure(key, into = new Set()) {
  const chunk = manifest[key];
  if (!chunk || into.has(chunk.file)) return into;
  into.add(chunk.file);
  for (const one of chunk.imports ?? []) closure(one, into);
  return into;
}

const initial = closure('index.html');
const styles = new Set(Object.values(manifest).flatMap((chunk) => chunk.css ?? []));
const scripts = files(dist).map((f) => f.slice(dist.length)).filter((f) => f.endsWith('.js') && f !== 'sw.js');
const lazy = scripts.filter((f) => !initial.has(f));
const measured = {
  'initial JS': sum(initial),
  CSS: sum(styles),
  HTML: size('index.html'),
  'first load': sum(initial) + sum(styles) + size('index.html'),
  'largest lazy chunk': Math.max(0, ...lazy.map(size)),
  'all of it': sum(scripts) + sum(styles),
};

let broken = false;
for (const [name, limit] of Object.entries(BUDGET)) {
  const over = measured[name] > limit;
  broken ||= over;
  console.log(`${over ? 'OVER' : 'ok  '} ${name.padEnd(20)} ${(measured[name] / KB).toFixed(1)} of ${limit / KB} KB gzip`);
}
for (const file of files(dist)) {
  if (!/\.(html|js|css|svg|webmanifest)$/.test(file) || statSync(file).size < 256) continue;
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}
process.exit(broken ? 1 : 0);
