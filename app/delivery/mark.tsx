import { Check, CopyMinus, Dot, RotateCw, X } from 'lucide-react';
import type { CellState } from './cell.ts';

const size = { size: 14, strokeWidth: 2.5, 'aria-hidden': true } as const;

/** The mark of a cell beside its colour; in flight it is the letter of the worker. */
export function Mark({ state, letter }: { state: CellState; letter: string | null }) {
  switch (state) {
    case 'waiting':
      return <Dot {...size} />;
    case 'in flight':
      return <span aria-hidden="true">{letter ?? '…'}</span>;
    case 'delivered':
      return <Check {...size} />;
    case 'retried':
      return <RotateCw {...size} />;
    case 'redelivery ignored':
      return <CopyMinus {...size} />;
    case 'failed':
      return <X {...size} />;
  }
}

/** Fill, ink and border of each state. No transition: fading the cells took four times the main thread's time. */
export const PAINT: Record<CellState, string> = {
  waiting: 'border-line bg-canvas text-muted',
  'in flight': 'border-accent bg-accent text-accent-ink',
  delivered: 'border-transparent bg-good/20 text-good',
  retried: 'border-good bg-good/20 text-good',
  'redelivery ignored': 'border-warn bg-warn-soft text-warn',
  failed: 'border-bad bg-bad-soft text-bad',
};
