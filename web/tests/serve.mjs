// The built page over HTTP, and the hub behind the same address: what the hub's own server will do.
// `node tests/serve.mjs PORT HUBPORT`. /ws and /v1 go through untouched, Host and Origin too, so the
// hub must know the name: hosts = localhost:PORT.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

const dist = new URL('../dist/', import.meta.url).pathname;
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json',
};

export const headersOf = (path, host) => ({
  'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
  'Cache-Control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  'Content-Security-Policy':
    `default-src 'self'; connect-src 'self' ws://${host} wss://${host}; object-src 'none'; base-uri 'none'; ` +
    `form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hub-sw`,
});

/** A file of dist, or the page itself for every path that is a screen. */
function fileOf(url) {
  const path = normalize(decodeURIComponent(new URL(url, 'http://x').pathname));
  return /\.[a-z]+$/.test(path) ? path : '/index.html';
}

function sendFile(req, res) {
  const path = fileOf(req.url);
  const file = join(dist, path);
  if (!existsSync(file)) return res.writeHead(404, { 'Content-Length': 0 }).end();
  const zipped = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '') && existsSync(`${file}.gz`);
  const body = readFileSync(zipped ? `${file}.gz` : file);
  const more = { Vary: 'Accept-Encoding', 'Content-Length': body.length, ...(zipped && { 'Content-Encoding': 'gzip' }) };
  return res.writeHead(200, { ...headersOf(path, req.headers.host), ...more }).end(body);
}

/** upstream(): the port of the hub now; it may be stopped and started again elsewhere. */
export function serve(port, upstream) {
  const server = createServer((req, res) => {
    if (!/^\/(v1|readyz|healthz)/.test(req.url)) return sendFile(req, res);
    const to = request({ host: '127.0.0.1', port: upstream(), path: req.url, method: req.method, headers: req.headers }, (from) => {
      res.writeHead(from.statusCode, from.headers);
      from.pipe(res);
    });
    to.on('error', () => res.writeHead(502).end());
    req.pipe(to);
  });
  server.on('upgrade', (req, socket, head) => {
    const to = connect(upstream(), '127.0.0.1', () => {
      const lines = [`${req.method} ${req.url} HTTP/1.1`];
      for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
      to.write(`${lines.join('\r\n')}\r\n\r\n`);
      to.write(head);
      socket.pipe(to).pipe(socket);
    });
    to.on('error', () => socket.destroy());
    socket.on('error', () => to.destroy());
    socket.on('close', () => to.destroy());
  });
  return new Promise((done) => server.listen(port, '127.0.0.1', () => done(server)));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [port, hub] = process.argv.slice(2).map(Number);
  await serve(port, () => hub);
  console.log(`http://localhost:${port} -> hub ${hub}`);
}
