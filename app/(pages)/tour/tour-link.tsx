'use client';

import Link from 'next/link';
import { useStored } from '#app/browser/stored.ts';
import { STEPS, TOUR } from './steps.ts';

/** The link to the tour, which goes on where somebody has left it. */
export function TourLink() {
  const [at] = useStored('tour', STEPS);
  const index = STEPS.indexOf(at);
  const isOnTheWay = index > 0 && index < TOUR.length;
  return (
    <p className="mt-4 text-sm">
      <Link href="/tour" className="link">
        {isOnTheWay ? `Go on with the tour: ${index + 1} of ${TOUR.length}` : 'Take the tour'}
      </Link>{' '}
      <span className="text-muted">Four experiments in five minutes: what breaks, and what does not.</span>
    </p>
  );
}
