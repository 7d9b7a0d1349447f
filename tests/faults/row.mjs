// One row in a process of its own: node row.mjs ROW SEED [quick].  0: the promises held; 1: not;
// 77: it cannot run on this machine, and says why.
import { matrix } from './matrix.mjs';
import { Run, Skipped } from './lib/run.mjs';

const [number, seed, quick] = process.argv.slice(2);
const row = matrix.find((r) => String(r.n) === number);
const run = new Run(row, { seed: Number(seed), quick: quick === 'quick' });
let code = 0;
try {
  await row.run(run);
} catch (e) {
  code = e instanceof Skipped ? 77 : 1;
  console.log(code === 77 ? `       skipped: ${e.message}` : `       ${e.stack ?? e}`);
}
try {
  await run.end();
} catch (e) {
  if (code !== 77) code = 1;
  console.log(`       at the end: ${e.stack ?? e}`);
}
process.exit(code);
