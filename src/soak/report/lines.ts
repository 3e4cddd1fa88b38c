/** Lines of a terminal, measured in columns. */
import stringWidth from 'string-width';

export const WIDTH = 80;

/** Words put into lines of at most `width` columns, all but the first one indented; a word that is too long is cut into pieces. */
export function wrapped(text: string, width = WIDTH, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  const room = (): number => width - (lines.length === 0 ? 0 : indent.length);
  const end = (): void => {
    lines.push(lines.length === 0 ? line : indent + line);
    line = '';
  };
  for (const word of text.split(/\s+/).filter((w) => w !== '')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (stringWidth(joined) <= room()) {
      line = joined;
      continue;
    }
    if (line !== '') end();
    for (const character of word) {
      if (stringWidth(line + character) > room()) end();
      line += character;
    }
  }
  if (line !== '') end();
  return lines;
}

/** The text in exactly `width` columns; what does not fit ends in a `~`. */
export function cell(text: string, width: number, right = false): string {
  let kept = text;
  if (stringWidth(kept) > width) {
    const characters = [...text];
    while (characters.length > 0 && stringWidth(characters.join('')) > width - 1) characters.pop();
    kept = `${characters.join('')}~`;
  }
  const space = ' '.repeat(Math.max(0, width - stringWidth(kept)));
  return right ? space + kept : kept + space;
}
