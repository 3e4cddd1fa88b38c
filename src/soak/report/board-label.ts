import stringWidth from 'string-width';
import { deviceText } from './device-text.js';

/** What many ports have in common, and what says nothing of the board. */
const COMMON = /^(?:rfc2217:\/\/|\/dev\/serial\/by-(?:id|path)\/(?:usb-)?|\/dev\/)|-if\d\d(?:-port\d+)?$/g;

/** A board's name in at most `room` columns. Its end is kept, for ports differ there; `mark` stands for what went. */
export function boardLabel(name: string, room: number, mark: '~' | '…'): string {
  const text = deviceText(name, 200);
  if (stringWidth(text) <= room) return text;
  const short = text.replace(COMMON, '') || text;
  if (stringWidth(short) <= room) return short;
  const characters = [...short];
  while (characters.length > 0 && stringWidth(characters.join('')) > room - 1) characters.shift();
  return mark + characters.join('');
}
