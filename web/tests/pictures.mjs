// Makes the pictures of build/shots/gambar-*.png small, without loss, and puts them into docs/gambar:
// the best filter for each line, no alpha, the hardest compression. Fails over the limit.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const from = new URL('../../build/shots/', import.meta.url);
const to = new URL('../../docs/gambar/', import.meta.url);
const BYTES_MAX = 120 * 1024;

function chunksOf(png) {
  const chunks = [];
  for (let at = 8; at < png.length;) {
    const size = png.readUInt32BE(at);
    chunks.push([png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + size)]);
    at += size + 12;
  }
  return chunks;
}

const paeth = (a, b, c) => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};
const GUESS = [() => 0, (a) => a, (_, b) => b, (a, b) => (a + b) >> 1, paeth];

/** Rows of plain pixels, from 8 bit RGB or RGBA without interlace. */
function decode(png) {
  const chunks = chunksOf(png);
  const head = chunks.find(([type]) => type === 'IHDR')[1];
  const [width, height, depth, colour, interlace] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9], head[12]];
  if (depth !== 8 || (colour !== 2 && colour !== 6) || interlace !== 0) throw new Error('not a plain PNG');
  const size = colour === 2 ? 3 : 4;
  const data = inflateSync(Buffer.concat(chunks.filter(([type]) => type === 'IDAT').map(([, part]) => part)));
  const rows = [];
  let above = Buffer.alloc(width * size);
  for (let y = 0, at = 0; y < height; y++, at += width * size + 1) {
    const guess = GUESS[data[at]];
    const row = Buffer.from(data.subarray(at + 1, at + 1 + width * size));
    for (let i = 0; i < row.length; i++) row[i] += guess(i < size ? 0 : row[i - size], above[i], i < size ? 0 : above[i - size]);
    rows.push(row);
    above = row;
  }
  return { width, height, size, rows };
}

function filtered(row, above) {
  let best = null;
  GUESS.forEach((guess, type) => {
    const line = Buffer.alloc(row.length + 1);
    line[0] = type;
    let cost = 0;
    for (let i = 0; i < row.length; i++) {
      line[i + 1] = row[i] - guess(i < 3 ? 0 : row[i - 3], above[i], i < 3 ? 0 : above[i - 3]);
      cost += Math.min(line[i + 1], 256 - line[i + 1]);
    }
    if (!best || cost < best.cost) best = { cost, line };
  });
  return best.line;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function encode({ width, height, size, rows }) {
  const plain = rows.map((row) => (size === 3 ? row : Buffer.from(row.filter((_, i) => i % 4 !== 3))));
  const nothing = Buffer.alloc(width * 3);
  const packed = [
    Buffer.concat(plain.map((row, y) => filtered(row, plain[y - 1] ?? nothing))),
    Buffer.concat(plain.map((row) => Buffer.concat([Buffer.from([0]), row]))),
  ].map((data) => deflateSync(data, { level: 9, memLevel: 9 })).sort((a, b) => a.length - b.length)[0];
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))]);
}

mkdirSync(to, { recursive: true });
let over = false;
for (const name of readdirSync(from).filter((one) => one.startsWith('gambar-'))) {
  const before = readFileSync(new URL(name, from));
  const small = encode(decode(before));
  writeFileSync(new URL(name.slice('gambar-'.length), to), small);
  over ||= small.length > BYTES_MAX;
  console.log(`${small.length > BYTES_MAX ? 'OVER' : 'ok  '} ${name} ${(before.length / 1024).toFixed(0)} -> ${(small.length / 1024).toFixed(0)} KB`);
}
process.exit(over ? 1 : 0);
