/** Colours by meaning, from the terminal's own palette: they follow the user's scheme, light or dark. */
import { createContext } from 'react';

export type Role = 'plain' | 'ok' | 'warn' | 'bad' | 'info' | 'dim' | 'accent';

/** The part of Ink's text properties that a role decides. */
export interface Look {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
}

export type Theme = Readonly<Record<Role, Look>>;

const COLOURED: Theme = {
  plain: {},
  ok: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  info: { color: 'cyan' },
  // The attribute, not a grey: what "bright black" looks like depends on the scheme, and in some it is the background.
  dim: { dimColor: true },
  accent: { color: 'magenta', bold: true },
};

const PLAIN: Theme = {
  plain: {},
  ok: {},
  warn: { bold: true },
  bad: { bold: true },
  info: {},
  dim: { dimColor: true },
  accent: { bold: true },
};

/** Without colours weight remains; what a colour says, a mark or a word says too. */
export function themeFor(colour: boolean): Theme {
  return colour ? COLOURED : PLAIN;
}

export const ThemeContext = createContext<Theme>(COLOURED);
