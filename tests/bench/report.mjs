// The table, one JSON line a goal, and docs/performance.md with its charts.
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GOALS } from './goals.mjs';
import { median } from './rig.mjs';

const docs = resolve(import.meta.dirname, '../../docs');
const short = (x) =>
  x === undefined ? '' : Math.abs(x) >= 1000 ? x.toFixed(0) : Number(x.toPrecision(3)).toString();

/** Every goal: {name, what, way, goal, figure, low, high, pass, details}; figure undefined: not had. */
export function judge(notes) {
  return GOALS.filter((g) => notes.figures.has(g.name)).map((g) => {
    const runs = notes.figures.get(g.name);
    const figures = runs.map((r) => r.figure);
    const figure = median(figures);
    const pass = g.way === '≤' ? figure <= g.goal : figure >= g.goal;
    const details = runs.find((r) => r.figure === figure);
    return { ...g, figure, low: Math.min(...figures), high: Math.max(...figures), pass, runs: runs.length, details };
  });
}

function reference({ figure, ...details }) {
  return Object.entries(details)
    .map(([k, v]) => `${k} ${Array.isArray(v) ? v.join('+') : typeof v === 'number' ? short(v) : v}`)
    .join(', ');
}

export function table(rows) {
  const lines = rows.map(
    (r) =>
      `| ${r.name} | ${r.what} | ${r.way} ${r.goal} | ${short(r.figure)} | ${short(r.low)} to ${short(r.high)} (${r.runs}) | ${reference(r.details)} | ${r.pass ? 'yes' : '**no**'} |`,
  );
  return [
    '| | measured | goal | figure | spread (repeats) | the median repeat | met |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** Bars of figure against goal: 1 is the goal, to the left of it is better. */
export function chart(rows) {
  const height = 22 * rows.length + 40;
  const scale = 180;
  const bars = rows.map((r, i) => {
    const worse = r.way === '≤' ? r.figure / r.goal : r.goal / r.figure;
    const ratio = r.goal === 0 ? (r.figure > 0 ? 3 : 0) : worse;
    const width = Math.max(2, Math.min(3, ratio) * scale);
    const y = 30 + 22 * i;
    const colour = r.pass ? '#2f7d4f' : '#b3261e';
    return `<text x="52" y="${y + 12}" text-anchor="end">${r.name}</text><rect x="60" y="${y}" width="${width.toFixed(1)}" height="15" fill="${colour}"/><text x="${(66 + width).toFixed(1)}" y="${y + 12}">${short(ratio)}</text>`;
  });
  const goal = 60 + scale;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="680" height="${height}" font-family="sans-serif" font-size="12" role="img" aria-label="each goal's figure as a share of what is allowed">
<rect width="680" height="${height}" fill="#fff"/>
<text x="60" y="18">share of what the goal allows; shorter is better, ${short(1)} is the goal</text>
${bars.join('\n')}
<line x1="${goal}" y1="24" x2="${goal}" y2="${height - 6}" stroke="#111" stroke-dasharray="4 3"/>
</svg>
`;
}

/** Where the CPU of one record goes. */
export function costs(rows) {
  const p1 = rows.find((r) => r.name === 'P1')?.details;
  if (!p1) return undefined;
  const workers = p1.hub - p1.threads[0];
  const parts = [
    ['one verify', p1.verify, '#5b6b7b'],
    ['verify threads', workers, '#28527a'],
    ['loop', p1.threads[0], '#2f7d4f'],
    ['PostgreSQL', p1.database, '#b26a00'],
  ];
  const scale = 460 / Math.max(...parts.map(([, v]) => v));
  const bars = parts.map(
    ([name, value, colour], i) =>
      `<text x="112" y="${38 + 26 * i}" text-anchor="end">${name}</text><rect x="120" y="${25 + 26 * i}" width="${(value * scale).toFixed(1)}" height="18" fill="${colour}"/><text x="${(126 + value * scale).toFixed(1)}" y="${38 + 26 * i}">${value.toFixed(1)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="680" height="140" font-family="sans-serif" font-size="12" role="img" aria-label="microseconds of CPU a record">
<rect width="680" height="140" fill="#fff"/>
<text x="120" y="16">microseconds of CPU a record at saturation</text>
${bars.join('\n')}
</svg>
`;
}

/** Puts the table between its marks in docs/performance.md, with the charts of the full one; the
 *  account around it is written by hand. */
export function write(rows, about, mode) {
  const file = join(docs, 'performance.md');
  const text = readFileSync(file, 'utf8');
  const marks = new RegExp(`(<!-- ${mode} -->\n)[\\s\\S]*?(<!-- end -->)`);
  if (!marks.test(text)) throw new Error(`${file} has no place for the table of ${mode}`);
  if (mode === 'full') draw(rows);
  writeFileSync(file, text.replace(marks, (_, a, b) => `${a}\n${about}\n\n${table(rows)}\n\n${b}`));
}

function draw(rows) {
  mkdirSync(join(docs, 'charts'), { recursive: true });
  writeFileSync(join(docs, 'charts/goals.svg'), chart(rows));
  const parts = costs(rows);
  if (parts) writeFileSync(join(docs, 'charts/record.svg'), parts);
}
