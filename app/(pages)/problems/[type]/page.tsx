import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { TEXTS } from './texts.ts';

type Props = { params: Promise<{ type: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { type } = await params;
  return { title: TEXTS[type]?.title ?? 'Problem' };
}

export default async function ProblemPage({ params }: Props) {
  const { type } = await params;
  const text = TEXTS[type];
  if (!text) notFound();
  return (
    <article className="mx-auto max-w-2xl px-6 py-16">
      <p className="font-mono text-muted text-sm">
        {text.status} · /problems/{type}
      </p>
      <h1 className="mt-1 font-semibold text-2xl tracking-tight">{text.title}</h1>
      <dl className="mt-6 grid gap-4 leading-relaxed">
        <div>
          <dt className="font-medium text-sm">What happened</dt>
          <dd className="text-muted">
            <Marked text={text.happened} />
          </dd>
        </div>
        <div>
          <dt className="font-medium text-sm">What to do</dt>
          <dd className="text-muted">
            <Marked text={text.next} />
          </dd>
        </div>
      </dl>
      <p className="mt-8">
        <Link href="/home" className="button">
          To Home
        </Link>
      </p>
    </article>
  );
}

/** Shows a text. Words in backticks are code. */
function Marked({ text }: { text: string }) {
  return text.split('`').map((piece, index) =>
    index % 2 === 1 ? (
      <code key={piece} className="rounded bg-ink/5 px-1 font-mono text-[0.9em] text-ink">
        {piece}
      </code>
    ) : (
      piece
    ),
  );
}
