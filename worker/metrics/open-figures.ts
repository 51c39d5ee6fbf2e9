import type { Config } from '#core/config.ts';
import type { WorkerContext } from '#worker/context.ts';
import { WorkerFigures } from '#worker/metrics/figures.ts';
import { look, measured, measuredKinds } from '#worker/metrics/measured.ts';
import { serveFigures } from '#worker/metrics/serve.ts';
import type { RegisteredKind } from '#worker/tasks/task-kind.ts';

/** A worker that is measured. */
export type Measured = {
  /** The same worker, whose parts note what they do. */
  context: WorkerContext;
  /** The same kinds of tasks, whose runs are noted. */
  watch(kinds: ReadonlyMap<string, RegisteredKind>): ReadonlyMap<string, RegisteredKind>;
  close(): Promise<void>;
};

/** Measures a worker and tells its figures at METRICS_PORT; undefined without one, and then nothing is measured. */
export async function openFigures(
  context: WorkerContext,
  { METRICS_PORT: port, METRICS_TOKEN }: Pick<Config, 'METRICS_PORT' | 'METRICS_TOKEN'>,
): Promise<Measured | undefined> {
  if (port === undefined) return undefined;
  const figures = new WorkerFigures();
  const show = async () => {
    look(context, figures);
    return { body: await figures.registry.metrics(), contentType: figures.registry.contentType };
  };
  const { close } = await serveFigures({ port, METRICS_TOKEN, show });
  return {
    context: measured(context, figures),
    watch: (kinds) => measuredKinds(kinds, figures),
    close,
  };
}
