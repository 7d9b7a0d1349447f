// What does not depend on who else uses the machine: the hub's instructions, counted by valgrind, and the
// bytes that a record costs in PostgreSQL's log, in turns of one record.  What comes between only adds: the
// lowest of the repeats counts.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD } from './rig.mjs';

const LONE = { work: 'story', writers: 1, window: 1, warm: 0, seconds: 2, pool: 2000 };

/** For Rig.open: one thread that checks signatures, so that there are two to tell apart. */
export const COUNTED = {
  program: join(import.meta.dirname, 'poskod-callgrind'),
  env: { HUB: join(BUILD, 'poskod'), POSKO_THREADS: '1' },
};

/** Instructions of each thread between two loads: the loop's first. */
function dumped(folder) {
  const names = readdirSync(folder).filter((name) => name.startsWith('callgrind.'));
  const totals = names.map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    rmSync(join(folder, name));
    return [Number(text.match(/^thread: (\d+)$/m)[1]), Number(text.match(/^totals: (\d+)$/m)[1])];
  });
  return totals.sort(([a], [b]) => a - b).map(([, n]) => n);
}

export async function counts(rig, notes, repeats) {
  const pid = `--pid=${rig.hub.child.pid}`;
  const ask = (...words) => execFileSync('vgdb', [pid, ...words], { stdio: 'ignore' });
  const wal = async () => (await rig.sql("SELECT pg_current_wal_lsn() - '0/0' AS at"))[0].at;
  await rig.load({ ...LONE, seconds: 1 });
  const runs = [];
  for (let i = 0; i < repeats; i++) {
    const before = await wal();
    const r = await rig.load({ ...LONE, check: false }, (when) => {
      if (when !== 'ready') return;
      ask('instrumentation on');
      ask('zero');
    });
    ask('dump');
    ask('instrumentation off');
    const bytes = ((await wal()) - before) / r.posted;
    const [loop, check] = dumped(rig.world.data).map((n) => n / r.posted);
    runs.push({ loop, check, ratio: loop / check, bytes, records: r.posted });
  }
  const lowest = (name) => runs.toSorted((a, b) => a[name] - b[name])[0];
  const { loop, check, ratio, records } = lowest('ratio');
  notes.note('Q3', ratio, { loop, check, records });
  const all = runs.map((r) => Math.round(r.bytes)); // a vacuum or a checkpoint writes too, now and then
  notes.note('Q4', lowest('bytes').bytes, { all });
}
