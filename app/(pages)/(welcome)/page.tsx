import { StartAs } from '#app/ui/choose-account.tsx';
import { TourLink } from '../tour/tour-link.tsx';
import { PathDiagram } from './path-diagram.tsx';

export default function WelcomePage() {
  return (
    <div className="mx-auto max-w-5xl px-4 py-10 md:px-10 md:py-14">
      <h1 className="max-w-3xl text-balance font-semibold text-3xl leading-tight tracking-tight md:text-[2.75rem]">
        One real tweet, through a real broker, to a million home timelines.
      </h1>
      <p className="mt-4 mb-8 max-w-2xl text-lg text-muted leading-relaxed">
        You see it at once; workers deliver it while you watch; an audit reads every timeline back and proves
        that nobody was missed and nobody got it twice.
      </p>
      <StartAs />
      <TourLink />
      <PathDiagram />
    </div>
  );
}
