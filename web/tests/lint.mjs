// No words in the markup: what a person reads stands in the catalogues. And no file over 500 lines.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';

const src = new URL('../src/', import.meta.url).pathname;
const SPOKEN = new Set(['title', 'placeholder', 'alt', 'aria-label', 'label', 'hint', 'closeLabel']);
const LINES_MAX = 500;
const isWord = (text) => /\p{L}{2,}/u.test(text);

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(folder, e.name)) : [join(folder, e.name)]));

const faults = [];

function walk(node, see) {
  if (!node || typeof node !== 'object') return;
  if (Array.isArray(node)) return node.forEach((one) => walk(one, see));
  if (typeof node.type === 'string') see(node);
  for (const key of Object.keys(node)) if (key !== 'type') walk(node[key], see);
}

for (const file of files(src)) {
  const text = readFileSync(file, 'utf8');
  const name = file.slice(src.length);
  const lines = text.split('\n').length;
  if (lines > LINES_MAX && name !== 'style.css') faults.push(`${name}: ${lines} lines`);
  if (!file.endsWith('.tsx')) continue;
  const at = (node) => `${name}:${text.slice(0, node.start).split('\n').length}`;
  const { program, errors } = parseSync(file, text);
  if (errors.length > 0) faults.push(`${name}: ${errors[0].message}`);
  walk(program, (node) => {
    if (node.type === 'JSXText' && isWord(node.value)) faults.push(`${at(node)}: "${node.value.trim()}" belongs in the catalogue`);
    if (node.type === 'JSXAttribute' && SPOKEN.has(node.name.name) && node.value?.type === 'Literal' && isWord(String(node.value.value)))
      faults.push(`${at(node)}: ${node.name.name}="${node.value.value}" belongs in the catalogue`);
  });
}

faults.forEach((fault) => console.error(fault));
process.exit(faults.length > 0 ? 1 : 0);
