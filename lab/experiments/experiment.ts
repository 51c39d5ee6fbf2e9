import type { ExperimentInfo, Verdict } from '#core/lab/experiment.ts';
import type { RunStage } from './run-stage.ts';

/** What was counted of the tweets that an experiment posted. */
export type Counted = Omit<Verdict, 'passed' | 'answer' | 'measured'> & { cold: number };

/** What an experiment has seen, before anything is read back. */
export type Outcome = {
  /** The answer that the measurement gives, by its id. */
  answer(counted: Counted): string;
  measured: Verdict['measured'];
  /** What must not be, beside what the checker of every experiment looks for. */
  findings?: string[];
  /** Tweets that were owed to a reader and not on the page that they got. */
  holes?: number;
};

/** One experiment on the running system: what people read, and what it does. */
export type Experiment = {
  info: Omit<ExperimentInfo, 'file' | 'mustFail'>;
  /** Posts, breaks and heals. The checker comes afterwards, the same for all. */
  run(stage: RunStage): Promise<Outcome>;
};

/** The three answers of most experiments, and which one the counts give. */
export const DELIVERED_ONCE = {
  answers: [
    { id: 'lost', text: 'Some followers never get it.' },
    { id: 'twice', text: 'Some followers get it twice.' },
    { id: 'once', text: 'Everybody gets it, once.' },
  ] satisfies ExperimentInfo['answers'],
  answer: ({ accepted, delivered, missing, twice }: Counted): string => {
    if (delivered < accepted || missing > 0) return 'lost';
    return twice > 0 ? 'twice' : 'once';
  },
};
