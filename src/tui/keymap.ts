/** Every key of the main screen, as data: the handlers, the help and the palette follow from it. */
import type { Focus } from './layout.js';

export type Group = 'Screen' | 'Boards' | 'Board' | 'Log';

interface Binding<Id extends string> {
  readonly id: Id;
  /** Names as in `Key.name`. */
  readonly keys: readonly string[];
  readonly title: string;
  readonly group: Group;
  /** `main`: whatever has the focus; else only while that panel has it. */
  readonly context: 'main' | Focus;
  /** `board`: only with a board on the screen. */
  readonly when: 'always' | 'board';
  /** Asks before it does anything. */
  readonly destructive: boolean;
}

/** `keys` apart by spaces. */
function bind<const Id extends string>(
  group: Group,
  id: Id,
  keys: string,
  title: string,
  more: Partial<Pick<Binding<Id>, 'context' | 'when' | 'destructive'>> = {},
): Binding<Id> {
  return { id, keys: keys.split(' '), title, group, context: 'main', when: 'board', destructive: false, ...more };
}

const KEYS = [
  bind('Screen', 'help', '?', 'Help: all keys', { when: 'always' }),
  bind('Screen', 'palette', ': ctrl-p', 'All actions, by name', { when: 'always' }),
  bind('Screen', 'focus-next', 'tab', 'Next panel', { when: 'always' }),
  bind('Screen', 'focus-previous', 'shift-tab', 'Previous panel', { when: 'always' }),
  bind('Screen', 'tile', 't', 'Logs of several boards at once, on or off'),
  bind('Screen', 'acknowledge', '!', 'Acknowledge the alerts', { when: 'always' }),
  bind('Screen', 'bell', 'b', 'Bell for alerts, on or off', { when: 'always' }),
  bind('Screen', 'redraw', 'ctrl-l', 'Draw the screen again', { when: 'always' }),
  bind('Screen', 'suspend', 'ctrl-z', 'To the shell; fg comes back', { when: 'always' }),
  bind('Screen', 'quit', 'q ctrl-c', 'Quit; boards run on', { when: 'always' }),
  bind('Boards', 'choose-board', '1 2 3 4 5 6 7 8 9', 'Choose a board by its number'),
  bind('Boards', 'board-next', ']', 'Next board'),
  bind('Boards', 'board-previous', '[', 'Previous board'),
  bind('Boards', 'list-down', 'down j', 'Next board', { context: 'boards' }),
  bind('Boards', 'list-up', 'up k', 'Previous board', { context: 'boards' }),
  bind('Boards', 'add-sim', 's', 'Add a virtual board', { when: 'always' }),
  bind('Boards', 'add-port', 'a', 'Add a port', { when: 'always' }),
  bind('Boards', 'remove-board', 'x', 'Close the port; the board runs on', { destructive: true }),
  bind('Boards', 'details', 'enter', 'All that is known of this board'),
  bind('Board', 'flash', 'f', 'Flash an image', { destructive: true }),
  bind('Board', 'detect', 'd', 'Detect the mode and cross-check it, without a reset'),
  bind('Board', 'detect-reset', 'D', 'Reset, then detect and cross-check', { destructive: true }),
  bind('Board', 'reset', 'r', 'Reset the board', { destructive: true }),
  bind('Board', 'bootloader', 'B', 'Hold the board in its bootloader', { destructive: true }),
  bind('Board', 'switch-mode', 'm', 'Switch the mode', { destructive: true }),
  bind('Board', 'send', 'i', 'Send a line to the serial port'),
  bind('Board', 'sensors', 'v', 'Ask for the sensor values (GetSensors)'),
  bind('Board', 'led-on', 'l', 'LED on (LedOn)'),
  bind('Board', 'led-off', 'L', 'LED off (LedOff)'),
  bind('Board', 'led-blink', 'K', 'Blink the LED 5 times (BlinkLed)'),
  bind('Board', 'cancel', 'c', 'Cancel what is under way', { destructive: true }),
  bind('Board', 'soak', 'o', 'Soak: start, watch or stop'),
  bind('Log', 'search', '/', 'Search'),
  bind('Log', 'search-next', 'n', 'Next match'),
  bind('Log', 'search-previous', 'N', 'Previous match'),
  bind('Log', 'filter', 'F &', 'Filter by text or regular expression'),
  bind('Log', 'events', 'e', 'Events only, or all lines'),
  bind('Log', 'log-clear', 'escape', 'End search and filter'),
  bind('Log', 'pause', 'space', 'Pause, or follow'),
  bind('Log', 'log-end', 'G end', 'To the newest line, and follow'),
  bind('Log', 'log-home', 'g home', 'To the oldest line'),
  bind('Log', 'page-up', 'pageup', 'A screen back'),
  bind('Log', 'page-down', 'pagedown', 'A screen on'),
  bind('Log', 'half-up', 'ctrl-u', 'Half a screen back'),
  bind('Log', 'half-down', 'ctrl-d', 'Half a screen on'),
  bind('Log', 'line-up', 'up k', 'A line back', { context: 'log' }),
  bind('Log', 'line-down', 'down j', 'A line on', { context: 'log' }),
  bind('Log', 'wrap', 'w', 'Wrap long lines, or cut them'),
  bind('Log', 'plain', 'p', 'Only the text, for copying'),
  bind('Log', 'save', 'S', 'Save the log to a file'),
];

export type ActionId = (typeof KEYS)[number]['id'];
export type KeyBinding = Binding<ActionId>;

export const KEYMAP: readonly KeyBinding[] = KEYS;

export const GROUPS: readonly Group[] = ['Screen', 'Boards', 'Board', 'Log'];

/** What a key does while `focus` has the focus; undefined when nothing. */
export function bindingFor(name: string, focus: Focus): KeyBinding | undefined {
  return (
    KEYMAP.find((binding) => binding.context === focus && binding.keys.includes(name)) ??
    KEYMAP.find((binding) => binding.context === 'main' && binding.keys.includes(name))
  );
}

/** What can be done now: the palette's choice. Keys that need a number make no sense there. */
export function available(hasBoard: boolean): readonly KeyBinding[] {
  return KEYMAP.filter((binding) => binding.id !== 'choose-board' && (hasBoard || binding.when === 'always'));
}
