import type { Trend } from './desk-types.js';

const POINTS = 240;

interface Point {
  readonly t: number;
  readonly v: number;
}

/**
 * A value over time in constant memory: when there are too many points, each four become their lowest and their
 * highest, and from then on so do the new ones, so that all points stand for the same number of samples.
 */
export class TrendSeries {
  readonly #name: Trend['name'];
  #points: Point[] = [];
  /** Samples that become two points; 0 = each is a point. */
  #group = 0;
  /** The lowest and the highest of the samples since the last group, and how many those are. */
  #pending: readonly Point[] = [];
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #last: Point | null = null;
  #view: Trend | null = null;

  constructor(name: Trend['name']) {
    this.#name = name;
  }

  /** `t` in ms since 1970. What is no finite number is left out. */
  add(t: number, v: number): void {
    if (!Number.isFinite(v)) return;
    const point = { t, v };
    this.#last = point;
    this.#view = null;
    this.#min = Math.min(this.#min, v);
    this.#max = Math.max(this.#max, v);
    if (this.#group === 0) this.#points.push(point);
    else {
      this.#pending = extremes([...this.#pending, point]);
      this.#count += 1;
      if (this.#count < this.#group) return;
      this.#points.push(...this.#pending);
      this.#pending = [];
      this.#count = 0;
    }
    if (this.#points.length > POINTS - 4) this.#thin();
  }

  /** null before the first value; the same object until the next one. */
  view(): Trend | null {
    if (this.#last === null) return null;
    this.#view ??= {
      name: this.#name,
      points: [...this.#points, ...this.#pending],
      min: this.#min,
      max: this.#max,
      now: this.#last.v,
    };
    return this.#view;
  }

  #thin(): void {
    const thinned: Point[] = [];
    for (let at = 0; at < this.#points.length; at += 4) thinned.push(...extremes(this.#points.slice(at, at + 4)));
    this.#points = thinned;
    this.#group = this.#group === 0 ? 4 : this.#group * 2;
  }
}

/** The lowest and the highest of these points, in the order of time; none of none, one of one. */
function extremes(points: readonly Point[]): readonly Point[] {
  const [first] = points;
  if (first === undefined) return [];
  let [low, high] = [first, first];
  for (const point of points) {
    if (point.v < low.v) low = point;
    if (point.v >= high.v) high = point;
  }
  if (low === high) return [low];
  return low.t <= high.t ? [low, high] : [high, low];
}
