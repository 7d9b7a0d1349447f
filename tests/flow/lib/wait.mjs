// Waiting: every wait has an end, and says what it waited for.
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A number from the environment: small in `make test`, full in acceptance runs; always printed. */
export function size(t, name, small) {
  const n = Number(process.env[name] ?? small);
  t.diagnostic(`${name}=${n}${process.env[name] ? '' : ' (default; set it for the full size)'}`);
  return n;
}

export async function until(what, check, ms = 10_000, every = 20) {
  const end = performance.now() + ms;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await sleep(every);
  }
}

export function within(what, promise, ms) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`waited ${ms} ms in vain: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function quantile(numbers, q) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** Runs `job(i)` for 0 .. n-1, at most `width` at a time. */
export async function spread(n, width, job) {
  let next = 0;
  const results = new Array(n);
  const lane = async () => {
    while (next < n) {
      const i = next++;
      results[i] = await job(i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, n) }, lane));
  return results;
}
