// tests/coverage.mjs FOLDER SEEDS: runs the unit tests and the simulator of that build, and says which
// lines and branches of core, ledger and app/turn they reach.  Fails below the bounds.  Lines with an
// assert do not count: what must be true has no other way.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const BOUNDS = { lines: 95, branches: 90 };
const folder = resolve(process.argv[2]);
const seeds = Number(process.argv[3]);
const parts = { core: /^hub\/core\//, ledger: /^hub\/ledger\//, 'app/turn': /^hub\/app\/turn/ };

const files = (dir, ending) => readdirSync(dir, { recursive: true })
  .filter((f) => f.endsWith(ending)).map((f) => join(dir, f));
for (const old of files(folder, '.gcda')) rmSync(old);

function run(program, ...args) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}
for (const name of readdirSync(join(folder, 'unit')).filter((f) => f.startsWith('test_') && !f.includes('.')))
  run(join(folder, 'unit', name));
// Always the same worlds.
for (let seed = 1; seed <= seeds; seed++) run(join(folder, 'sim'), '--seed', String(seed));

// One line of one object: how often it ran, and each of its branches.
const seen = new Map();
for (const part of Object.values(parts)) {
  const dirs = ['core', 'ledger', 'app'].map((d) => join(folder, 'hub', d));
  for (const data of dirs.flatMap((d) => files(d, '.gcda'))) {
    const name = data.slice(folder.length + 1).replace(/\.gcda$/, '.c');
    if (!part.test(name)) continue;
    const out = execFileSync('gcov', ['--json-format', '--stdout', '--branch-probabilities', data],
      { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
    const { lines } = JSON.parse(out).files.find((f) => f.file.endsWith(name));
    seen.set(name, lines);
  }
}

function count(name, lines) {
  const source = readFileSync(name, 'utf8').split('\n');
  const sum = { lines: [0, 0], branches: [0, 0], missing: [] };
  const byLine = new Map();
  for (const l of lines) {
    const had = byLine.get(l.line_number) ?? { count: 0, branches: [] };
    byLine.set(l.line_number, { count: had.count + l.count, branches: [...had.branches, ...l.branches] });
  }
  for (const [number, line] of byLine) {
    if (source[number - 1].includes('assert(')) continue;
    sum.lines[1]++;
    if (line.count > 0) sum.lines[0]++;
    const taken = line.branches.filter((b) => b.count > 0).length;
    sum.branches[0] += taken;
    sum.branches[1] += line.branches.length;
    if (line.count === 0 || taken < line.branches.length)
      sum.missing.push(line.count === 0 ? `${number}!` : `${number}`);
  }
  return sum;
}

const percent = ([is, of]) => (of === 0 ? 100 : (100 * is) / of);
const shown = (pair) => `${percent(pair).toFixed(1).padStart(5)} % ${String(pair[0]).padStart(5)} of ${String(pair[1]).padEnd(5)}`;
let bad = false;
for (const [part, pattern] of Object.entries(parts)) {
  const whole = { lines: [0, 0], branches: [0, 0] };
  for (const [name, lines] of [...seen].sort()) {
    if (!pattern.test(name)) continue;
    const sum = count(name, lines);
    for (const kind of ['lines', 'branches'])
      for (const i of [0, 1]) whole[kind][i] += sum[kind][i];
    console.log(`${name.padEnd(30)} ${shown(sum.lines)}  ${shown(sum.branches)}`
      + (process.env.MISSING ? `\n    ${sum.missing.join(' ')}` : ''));
  }
  console.log(`${part.padEnd(30)} ${shown(whole.lines)}  ${shown(whole.branches)}\n`);
  for (const kind of ['lines', 'branches']) {
    if (percent(whole[kind]) >= BOUNDS[kind]) continue;
    bad = true;
    console.log(`${part}: ${kind} below ${BOUNDS[kind]} %`);
  }
}
process.exit(bad ? 1 : 0);
