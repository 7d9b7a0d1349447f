// RFC 6455 as a table, in the order of Autobahn's groups 1 to 7, 9 and 10: what a peer sends, what
// the hub must say.  `differs` is what libwebsockets 4.1.6, or our own protocol, does instead.
import { randomBytes } from 'node:crypto';

export const TEXT = 1, BINARY = 2, MORE = 0, CLOSE = 8, PING = 9, PONG = 10;

// A frame as a client sends it, masked.
export function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, length } = {}) {
  const data = Buffer.from(payload);
  const size = length ?? data.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mark = masked ? 0x80 : 0;
  if (size < 126) head.push(mark | size);
  else if (size < 65536) head.push(mark | 126, size >> 8, size & 255);
  else {
    head.push(mark | 127, 0, 0, 0, 0);
    for (let i = 3; i >= 0; i--) head.push(Math.floor(size / 2 ** (8 * i)) & 255);
  }
  const mask = randomBytes(4);
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const hidden = Buffer.from(data);
  for (let i = 0; i < hidden.length; i++) hidden[i] ^= mask[i & 3];
  return Buffer.concat([Buffer.from(head), mask, hidden]);
}
const part = (opcode, payload, options = {}) => frame(opcode, payload, { fin: false, ...options });
const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const code = (n, reason = '') => Buffer.concat([Buffer.from([n >> 8, n & 255]), Buffer.from(reason)]);
const x = (n) => 'x'.repeat(n);

// What libwebsockets 4.1.6 does otherwise.
const CUT = 'cut without a close frame';
const FIRST = 'of pings that come together the first is answered, not the last';
const DROPPED = 'what waits to be sent is dropped when the peer closes or fails';
const LENIENT = 'taken, where the RFC has it fail';

// {id, name, send: [frames], hears: [...], differs: {hears, why}, step: bytes at once (0: all)}
// `hears`: 'text ...', 'pong ...', 'close CODE', 'end' (the connection is closed without a word).
// After what does not end the connection, the hub must still echo a last message.  `some`: it depends
// on how the bytes arrive; at least what `differs` says, at most what the RFC does.
export const cases = [];
const add = (id, name, send, hears, more = {}) => cases.push({ id, name, send, hears, ...more });
const text = (payload) => `text ${payload}`;
const bad = ['close 1002'];
const invalid = ['close 1007'];

// ---- 1 framing ----
for (const [i, n] of [0, 125, 126, 127, 128, 65535, 65536].entries())
  add(`1.1.${i + 1}`, `a text of ${n} bytes`, [frame(TEXT, x(n))], [text(x(n))]);
add('1.1.8', 'a text of 65536 bytes in pieces of 997', [frame(TEXT, x(65536))], [text(x(65536))], { step: 997 });
for (const [i, n] of [0, 125, 126, 127, 128, 65535, 65536].entries())
  add(`1.2.${i + 1}`, `a binary message of ${n} bytes`, [frame(BINARY, x(n))], [`binary ${x(n)}`],
    { differs: { hears: ['close 4400'], why: 'the protocol is text (protocol.md, section 3)' } });

// ---- 2 pings and pongs ----
add('2.1', 'a ping without payload', [frame(PING)], ['pong ']);
add('2.2', 'a ping with payload', [frame(PING, 'Hello')], ['pong Hello']);
add('2.3', 'a ping with binary payload', [frame(PING, hex('00fffefdfcfb00ff'))], [`pong ${hex('00fffefdfcfb00ff')}`]);
add('2.4', 'a ping of 125 bytes', [frame(PING, x(125))], [`pong ${x(125)}`]);
add('2.5', 'a ping of 126 bytes', [frame(PING, x(126))], bad, { differs: { hears: ['end'], why: CUT } });
add('2.6', 'a ping of 125 bytes, byte by byte', [frame(PING, x(125))], [`pong ${x(125)}`], { step: 1 });
add('2.7', 'a pong that nobody asked for', [frame(PONG)], []);
add('2.8', 'such a pong with payload', [frame(PONG, 'unasked')], []);
add('2.9', 'such a pong, then a ping', [frame(PONG, 'unasked'), frame(PING, 'asked')], ['pong asked']);
add('2.10', 'ten pings', Array.from({ length: 10 }, (_, i) => frame(PING, `p${i}`)), Array.from({ length: 10 }, (_, i) => `pong p${i}`), { some: true, differs: { hears: ['pong p0'], why: FIRST } });
add('2.11', 'ten pings, byte by byte', Array.from({ length: 10 }, (_, i) => frame(PING, `p${i}`)), Array.from({ length: 10 }, (_, i) => `pong p${i}`), { step: 1 });

// ---- 3 reserved bits ----
add('3.1', 'RSV 1 in a text', [frame(TEXT, 'r', { rsv: 1 })], bad);
add('3.2', 'RSV 2 after a good text', [frame(TEXT, 'good'), frame(TEXT, 'r', { rsv: 2 }), frame(PING)], [text('good'), ...bad], { some: true, differs: { hears: bad, why: DROPPED } });
add('3.3', 'RSV 3 after a good text, frame by frame', [frame(TEXT, 'good'), frame(TEXT, 'r', { rsv: 3 })], [text('good'), ...bad], { some: true, differs: { hears: bad, why: DROPPED }, step: 11 });
add('3.4', 'RSV 4, byte by byte', [frame(TEXT, 'good'), frame(TEXT, 'r', { rsv: 4 })], [text('good'), ...bad], { step: 1 });
add('3.5', 'RSV 5 in a binary', [frame(BINARY, 'r', { rsv: 5 })], bad);
add('3.6', 'RSV 6 in a ping', [frame(PING, 'r', { rsv: 6 })], bad);
add('3.7', 'RSV 7 in a close', [frame(CLOSE, code(1000), { rsv: 7 })], bad);

// ---- 4 opcodes ----
for (const [i, op] of [3, 4, 5, 6, 7].entries())
  add(`4.1.${i + 1}`, `opcode ${op}`, [frame(op, i % 2 ? 'reserved' : '')], bad);
for (const [i, op] of [11, 12, 13, 14, 15].entries())
  add(`4.2.${i + 1}`, `opcode ${op}`, [frame(op, i % 2 ? 'reserved' : '')], bad);

// ---- 5 fragments ----
add('5.1', 'a ping in two fragments', [part(PING, 'a'), frame(MORE, 'b')], bad);
add('5.2', 'a pong in two fragments', [part(PONG, 'a'), frame(MORE, 'b')], bad);
add('5.3', 'a text in two', [part(TEXT, 'one '), frame(MORE, 'two')], [text('one two')]);
add('5.4', 'a text in two, in pieces of 7', [part(TEXT, 'one '), frame(MORE, 'two')], [text('one two')], { step: 7 });
add('5.5', 'a text in two, byte by byte', [part(TEXT, 'one '), frame(MORE, 'two')], [text('one two')], { step: 1 });
add('5.6', 'a ping between the two', [part(TEXT, 'one '), frame(PING, 'p'), frame(MORE, 'two')], ['pong p', text('one two')]);
add('5.7', 'the same in pieces of 7', [part(TEXT, 'one '), frame(PING, 'p'), frame(MORE, 'two')], ['pong p', text('one two')], { step: 7 });
add('5.8', 'the same byte by byte', [part(TEXT, 'one '), frame(PING, 'p'), frame(MORE, 'two')], ['pong p', text('one two')], { step: 1 });
add('5.9', 'the end of nothing', [frame(MORE, 'no'), frame(TEXT, 'later')], bad);
add('5.10', 'the same in pieces of 5', [frame(MORE, 'no'), frame(TEXT, 'later')], bad, { step: 5 });
add('5.11', 'the same byte by byte', [frame(MORE, 'no'), frame(TEXT, 'later')], bad, { step: 1 });
add('5.12', 'a piece of nothing', [part(MORE, 'no'), frame(TEXT, 'later')], bad);
add('5.13', 'the same in pieces of 5', [part(MORE, 'no'), frame(TEXT, 'later')], bad, { step: 5 });
add('5.14', 'the same byte by byte', [part(MORE, 'no'), frame(TEXT, 'later')], bad, { step: 1 });
add('5.15', 'a piece of nothing behind a whole text in two', [part(TEXT, 'one '), frame(MORE, 'two'), part(MORE, 'no')], [text('one two'), ...bad], { some: true, differs: { hears: bad, why: DROPPED } });
add('5.16', 'a text in two, with an unbegun piece before it', [part(MORE, 'no'), part(TEXT, 'one'), frame(MORE, 'two')], bad);
add('5.17', 'the end of nothing before a text in two', [frame(MORE, 'no'), part(TEXT, 'one'), frame(MORE, 'two')], bad);
add('5.18', 'a new text in the middle of one', [part(TEXT, 'one'), frame(TEXT, 'two')], bad);
add('5.19', 'five fragments with two pings', [part(TEXT, '1'), part(MORE, '2'), frame(PING, 'a'), part(MORE, '3'), part(MORE, '4'), frame(PING, 'b'), frame(MORE, '5')], ['pong a', 'pong b', text('12345')], { some: true, differs: { hears: ['pong a', text('12345')], why: FIRST } });
add('5.20', 'the same byte by byte', [part(TEXT, '1'), part(MORE, '2'), frame(PING, 'a'), part(MORE, '3'), part(MORE, '4'), frame(PING, 'b'), frame(MORE, '5')], ['pong a', 'pong b', text('12345')], { step: 1 });

// ---- 6 UTF-8 ----
const kosme = 'κόσμε';
add('6.1.1', 'an empty text', [frame(TEXT)], [text('')]);
add('6.1.2', 'three empty fragments', [part(TEXT, ''), part(MORE, ''), frame(MORE, '')], [text('')]);
add('6.1.3', 'an empty, a full, an empty fragment', [part(TEXT, ''), part(MORE, 'middle'), frame(MORE, '')], [text('middle')]);
add('6.2.1', 'a text of many scripts', [frame(TEXT, `Hello-µ@ßöäüàá-UTF-8!! ${kosme} 日本語 😀`)], [text(`Hello-µ@ßöäüàá-UTF-8!! ${kosme} 日本語 😀`)]);
add('6.2.2', 'the same in two, between characters', [part(TEXT, 'Hello-µ@ß'), frame(MORE, 'öäüàá')], [text('Hello-µ@ßöäüàá')]);
add('6.2.3', 'byte fragments of Greek', [...Buffer.from(kosme)].map((b, i, all) => frame(i ? MORE : TEXT, Buffer.from([b]), { fin: i === all.length - 1 })), [text(kosme)]);
add('6.2.4', 'the same, byte by byte on the wire', [...Buffer.from(kosme)].map((b, i, all) => frame(i ? MORE : TEXT, Buffer.from([b]), { fin: i === all.length - 1 })), [text(kosme)], { step: 1 });
add('6.3.1', 'a surrogate in the middle', [frame(TEXT, hex('cebae1bdb9cf83cebcceb5eda080656469746564'))], invalid);
add('6.3.2', 'the same in byte fragments', [...hex('cebae1bdb9cf83cebcceb5eda080656469746564')].map((b, i, all) => frame(i ? MORE : TEXT, Buffer.from([b]), { fin: i === all.length - 1 })), invalid);
add('6.4.1', 'a code point above U+10FFFF in the second of three fragments', [part(TEXT, hex('cebae1bdb9cf83cebcceb5')), part(MORE, hex('f4908080')), frame(MORE, 'edited')], invalid);
add('6.4.2', 'the same, cut inside the character', [part(TEXT, hex('cebae1bdb9cf83cebcceb5f4')), part(MORE, hex('90')), frame(MORE, 'edited')], invalid);
add('6.4.3', 'fails before the message has ended', [part(TEXT, hex('cebae1bdb9cf83cebcceb5f4908080'))], invalid, { open: true });
add('6.4.4', 'fails at the byte', [part(TEXT, hex('cebae1bdb9cf83cebcceb5f490'))], invalid, { open: true });
add('6.5.1', 'U+0000', [frame(TEXT, '\0')], [text('\0')]);
add('6.6.1', 'the last one-byte character', [frame(TEXT, hex('7f'))], [text('\x7f')]);
add('6.6.2', 'the first and last of two', [frame(TEXT, hex('c280dfbf'))], [text('\x80\u07ff')]);
add('6.6.3', 'the first and last of three', [frame(TEXT, hex('e0a080efbfbd'))], [text('\u0800\ufffd')]);
add('6.6.4', 'the first and last of four', [frame(TEXT, hex('f0908080f48fbfbf'))], [text('\u{10000}\u{10ffff}')]);
add('6.7.1', 'U+FFFE and U+FFFF, which are no characters and yet valid', [frame(TEXT, hex('efbfbeefbfbf'))], [text('\ufffe\uffff')]);
add('6.8.1', 'five bytes, which UTF-8 no longer has', [frame(TEXT, hex('f888808080'))], invalid);
add('6.8.2', 'six bytes', [frame(TEXT, hex('fc8480808080'))], invalid);
add('6.10.1', 'the first above U+10FFFF', [frame(TEXT, hex('f4908080'))], invalid);
add('6.12.1', 'a continuation byte alone', [frame(TEXT, hex('80'))], invalid);
add('6.12.2', 'all of them', [frame(TEXT, Buffer.from(Array.from({ length: 64 }, (_, i) => 0x80 + i)))], invalid);
add('6.13.1', 'a beginning of two, then a blank', [frame(TEXT, hex('c020'))], invalid);
add('6.13.2', 'a beginning of three, then a blank', [frame(TEXT, hex('e020'))], invalid);
add('6.14.1', 'a text that ends inside a character of two', [frame(TEXT, hex('c3'))], invalid);
add('6.14.2', 'inside one of four', [frame(TEXT, hex('f09f98'))], invalid);
add('6.16.1', 'FE', [frame(TEXT, hex('fe'))], invalid);
add('6.16.2', 'FF', [frame(TEXT, hex('ff'))], invalid);
add('6.17.1', 'a slash, too long', [frame(TEXT, hex('c0af'))], invalid);
add('6.17.2', 'a slash in four bytes', [frame(TEXT, hex('f08080af'))], invalid);
add('6.18.1', 'U+0000, too long', [frame(TEXT, hex('c080'))], invalid);
add('6.19.1', 'U+07FF in three bytes', [frame(TEXT, hex('e09fbf'))], invalid);
add('6.20.1', 'the first high surrogate', [frame(TEXT, hex('eda080'))], invalid);
add('6.20.2', 'the last low surrogate', [frame(TEXT, hex('edbfbf'))], invalid);
add('6.21.1', 'a pair of surrogates', [frame(TEXT, hex('eda080edb080'))], invalid);

// ---- 7 close ----
add('7.1.1', 'a text, then a close', [frame(TEXT, 'Hello'), frame(CLOSE, code(1000))], [text('Hello'), 'close 1000'], { some: true, differs: { hears: ['close 1000'], why: DROPPED } });
add('7.1.2', 'two closes', [frame(CLOSE, code(1000)), frame(CLOSE, code(1000))], ['close 1000']);
add('7.1.3', 'a ping behind a close', [frame(CLOSE, code(1000)), frame(PING, 'late')], ['close 1000']);
add('7.1.4', 'a text behind a close', [frame(CLOSE, code(1000)), frame(TEXT, 'late')], ['close 1000']);
add('7.1.5', 'a close in the middle of a text', [part(TEXT, 'begun'), frame(CLOSE, code(1000)), frame(MORE, 'late')], ['close 1000']);
add('7.1.6', 'a long text, then a close and a ping', [frame(TEXT, x(60000)), frame(CLOSE, code(1000)), frame(PING)], [text(x(60000)), 'close 1000'], { some: true, differs: { hears: ['close 1000'], why: DROPPED } });
add('7.3.1', 'a close without payload', [frame(CLOSE)], ['close none']);
add('7.3.2', 'a close of one byte', [frame(CLOSE, 'a')], bad, { differs: { hears: ['close none'], why: LENIENT } });
add('7.3.3', 'a close with a code', [frame(CLOSE, code(1000))], ['close 1000']);
add('7.3.4', 'a close with a reason', [frame(CLOSE, code(1000, 'Hello'))], ['close 1000']);
add('7.3.5', 'a close of 125 bytes', [frame(CLOSE, code(1000, x(123)))], ['close 1000']);
add('7.3.6', 'a close of 126 bytes', [frame(CLOSE, code(1000, x(124)))], bad, { differs: { hears: ['end'], why: CUT } });
add('7.5.1', 'a reason that is not UTF-8', [frame(CLOSE, code(1000, hex('cebae1bdb9cf83cebcceb5eda080')))], invalid, { differs: { hears: ['end'], why: CUT } });
for (const [i, n] of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].entries())
  add(`7.7.${i + 1}`, `the good code ${n}`, [frame(CLOSE, code(n))], [`close ${n}`]);
for (const [i, n] of [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].entries())
  add(`7.9.${i + 1}`, `the bad code ${n}`, [frame(CLOSE, code(n))], bad);
add('7.13.1', 'the code 5000', [frame(CLOSE, code(5000))], bad, { differs: { hears: ['close 5000'], why: LENIENT } });
add('7.13.2', 'the code 65535', [frame(CLOSE, code(65535))], bad, { differs: { hears: ['close 65535'], why: LENIENT } });

// ---- 9 limits: ours are 64 KB a message ----
add('9.1.1', 'a text of 64 KB', [frame(TEXT, x(65536))], [text(x(65536))]);
add('9.1.2', 'a text of 256 KB', [frame(TEXT, x(262144))], ['close 1009']);
add('9.1.3', 'a text that says it has 4 GB', [frame(TEXT, 'short', { length: 2 ** 32 - 1 })], ['close 1009'], { open: true });
add('9.3.1', 'a text of 64 KB in fragments of 4 KB', Array.from({ length: 16 }, (_, i) => frame(i ? MORE : TEXT, x(4096), { fin: i === 15 })), [text(x(65536))]);
add('9.3.2', 'the same in fragments of 1 KB', Array.from({ length: 64 }, (_, i) => frame(i ? MORE : TEXT, x(1024), { fin: i === 63 })), [text(x(65536))]);
add('9.5.1', 'a text of 64 KB in pieces of 64 bytes', [frame(TEXT, x(65536))], [text(x(65536))], { step: 64 });
add('9.7.1', 'a hundred texts of 64 bytes', Array.from({ length: 100 }, () => frame(TEXT, x(64))), Array.from({ length: 100 }, () => text(x(64))));
add('9.7.2', 'a hundred empty texts', Array.from({ length: 100 }, () => frame(TEXT)), Array.from({ length: 100 }, () => text('')));

// ---- 10 fragments of a peer that cuts by itself, and what is masked ----
add('10.1.1', 'a text of 65536 bytes in fragments of 1300', Array.from({ length: 51 }, (_, i) => frame(i ? MORE : TEXT, x(Math.min(1300, 65536 - 1300 * i)), { fin: i === 50 })), [text(x(65536))]);
add('10.2.1', 'a frame that is not masked', [frame(TEXT, 'bare', { masked: false })], bad, { differs: { hears: [text('bare')], why: LENIENT } });
add('10.2.2', 'a mask of zeros', [Buffer.concat([Buffer.from([0x81, 0x84, 0, 0, 0, 0]), Buffer.from('zero')])], [text('zero')]);
add('10.2.3', 'a length of 5 in two bytes', [Buffer.concat([Buffer.from([0x81, 0xfe, 0, 5, 0, 0, 0, 0]), Buffer.from('short')])], bad, { differs: { hears: [text('short')], why: LENIENT } });
add('10.2.4', 'a length of 5 in eight bytes', [Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]), Buffer.from('short')])], bad, { differs: { hears: [text('short')], why: LENIENT } });
add('10.2.5', 'a length with its highest bit', [Buffer.concat([Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]), Buffer.from('short')])], bad, { differs: { hears: ['end'], why: CUT } });
