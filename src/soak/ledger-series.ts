/** Values over time in bounded memory. */
import type { Series } from './ledger-types.js';

/** Each bucket gives two points at most. */
const BUCKETS = 1000;
const SAMPLES = 2048;

interface Bucket {
  readonly index: number;
  readonly min: { readonly t: number; readonly v: number };
  readonly max: { readonly t: number; readonly v: number };
}

/** Keeps minimum and maximum of each bucket of time; buckets grow as the series does. Times must not go back. */
export class SeriesFold {
  #buckets: Bucket[] = [];
  #origin = 0;
  /** Of a bucket, ms. */
  #width = 1;
  #snapshot: Series | null = null;

  push(t: number, v: number): void {
    if (!Number.isFinite(v)) return;
    this.#snapshot = null;
    if (this.#buckets.length === 0) this.#origin = t;
    const index = Math.max(this.#buckets.at(-1)?.index ?? 0, Math.floor((t - this.#origin) / this.#width));
    add(this.#buckets, { index, min: { t, v }, max: { t, v } });
    while (this.#buckets.length > BUCKETS) this.#widen();
  }

  get isEmpty(): boolean {
    return this.#buckets.length === 0;
  }

  series(): Series {
    if (this.#snapshot !== null) return this.#snapshot;
    const points = this.#buckets.flatMap(({ min, max }) => {
      if (min.t === max.t) return [min];
      return min.t < max.t ? [min, max] : [max, min];
    });
    this.#snapshot = { t: points.map(({ t }) => t), v: points.map(({ v }) => v) };
    return this.#snapshot;
  }

  #widen(): void {
    this.#width *= 2;
    const wider: Bucket[] = [];
    for (const bucket of this.#buckets) add(wider, { ...bucket, index: Math.floor(bucket.index / 2) });
    this.#buckets = wider;
  }
}

function add(buckets: Bucket[], next: Bucket): void {
  const last = buckets.at(-1);
  if (last === undefined || last.index !== next.index) {
    buckets.push(next);
    return;
  }
  const min = next.min.v < last.min.v ? next.min : last.min;
  const max = next.max.v > last.max.v ? next.max : last.max;
  buckets[buckets.length - 1] = { index: last.index, min, max };
}

/** Quantiles of ever so many values: exact at first, of every second, fourth, ... value when there are many. */
export class Quantiles {
  #values: number[] = [];
  #every = 1;
  #count = 0;
  #max = 0;
  #snapshot: { readonly p50: number; readonly p99: number; readonly max: number } | null = null;

  push(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#snapshot = null;
    this.#max = this.#count === 0 ? value : Math.max(this.#max, value);
    if (this.#count % this.#every === 0) this.#values.push(value);
    this.#count += 1;
    if (this.#values.length < SAMPLES) return;
    this.#values = this.#values.filter((_value, i) => i % 2 === 0);
    this.#every *= 2;
  }

  /** Nearest rank; null without a value. */
  quantiles(): { readonly p50: number; readonly p99: number; readonly max: number } | null {
    if (this.#count === 0) return null;
    if (this.#snapshot === null) {
      const sorted = [...this.#values].sort((a, b) => a - b);
      const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? this.#max;
      this.#snapshot = { p50: rank(0.5), p99: rank(0.99), max: this.#max };
    }
    return this.#snapshot;
  }
}
