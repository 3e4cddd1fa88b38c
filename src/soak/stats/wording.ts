/** Hours and probabilities in words. Claims are rounded so that they never say more than was shown. */
import { durationText } from '../../units.js';

const HOUR = 3_600_000;

type Rounding = 'near' | 'down' | 'up';

const ROUND: Readonly<Record<Rounding, (x: number) => number>> = { near: Math.round, down: Math.floor, up: Math.ceil };

/** `7.9 h`, `503 h`, below one hour `26 m 12 s`; `unlimited` for what has no bound. `unit` stands in for `h`. */
export function hoursText(hours: number, rounding: Rounding = 'near', unit = 'h'): string {
  if (!Number.isFinite(hours)) return 'unlimited';
  // Room for the last bits: 1 / (1 / 12.3) may lie below 12.3.
  const round = (x: number): number => ROUND[rounding](Number(x.toPrecision(12)));
  if (hours < 1) return durationText(hours < 1 / 360 ? hours * HOUR : round(hours * 3600) * 1000);
  return hours < 100 ? `${(round(hours * 10) / 10).toFixed(1)} ${unit}` : `${round(hours)} ${unit}`;
}

/** `p = 0.080`, `p < 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`;
}
