import { homedir } from 'node:os';
import { join } from 'node:path';

/** What espwatch remembers between runs: the platform's folder for state. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const stateHome = env['XDG_STATE_HOME'];
  if (stateHome !== undefined && stateHome !== '') return join(stateHome, 'espwatch');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'espwatch');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'espwatch');
  return join(homedir(), '.local', 'state', 'espwatch');
}
