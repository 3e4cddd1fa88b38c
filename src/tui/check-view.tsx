import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Step, StepStatus } from '../session/check.js';

/** A mark and a colour for each status: the mark alone says it too. */
const MARKS: Record<StepStatus, { readonly mark: string; readonly colour: string }> = {
  waiting: { mark: '·', colour: 'gray' },
  running: { mark: '▸', colour: 'cyan' },
  passed: { mark: '✓', colour: 'green' },
  failed: { mark: '✗', colour: 'red' },
  skipped: { mark: '-', colour: 'yellow' },
};

const NAME_COLUMN = 30;

export interface CheckViewProps {
  readonly title: string;
  readonly steps: readonly Step[];
  /** 0 to 1, and what is being done; null when nothing long is under way. */
  readonly progress: { readonly fraction: number; readonly label: string } | null;
}

/** The acceptance test of one board as a live table. */
export function CheckView({ title, steps, progress }: CheckViewProps): ReactNode {
  return (
    <Box flexDirection="column">
      <Text bold>{title}</Text>
      {steps.map((step) => (
        <StepRow key={step.name} step={step} />
      ))}
      {progress !== null && <ProgressRow fraction={progress.fraction} label={progress.label} />}
    </Box>
  );
}

function StepRow({ step }: { readonly step: Step }): ReactNode {
  const { mark, colour } = MARKS[step.status];
  return (
    <Box>
      <Box width={3} flexShrink={0}>
        <Text color={colour}>{` ${mark}`}</Text>
      </Box>
      <Box width={NAME_COLUMN} flexShrink={0}>
        <Text dimColor={step.status === 'waiting'}>{step.name}</Text>
      </Box>
      <Text wrap="wrap">{step.detail}</Text>
    </Box>
  );
}

const BAR_CELLS = 30;

function ProgressRow({ fraction, label }: { readonly fraction: number; readonly label: string }): ReactNode {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_CELLS);
  return (
    <Text>
      {'   '}
      <Text color="cyan">{'█'.repeat(filled)}</Text>
      <Text dimColor>{'░'.repeat(BAR_CELLS - filled)}</Text> {label}
    </Text>
  );
}
