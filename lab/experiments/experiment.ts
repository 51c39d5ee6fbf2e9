import { BROKERS, type BrokerName } from '#broker/variables.ts';
import type { Dial, Dials, ExperimentInfo, Verdict } from '#core/lab/experiment.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { StageNeeds } from './own-stage.ts';
import type { RunStage } from './run-stage.ts';

/** What was counted of the tweets that an experiment posted. */
export type Counted = Omit<Verdict, 'passed' | 'answer' | 'measured'> & { cold: number };

/** What an experiment has seen, before anything is read back. */
export type Outcome = {
  /** The answer that the measurement gives, by its id; null when the machine was too busy to tell. */
  answer(counted: Counted): string | null;
  measured: Verdict['measured'];
  /** What must not have happened, besides what the checker finds in every experiment. */
  findings?: string[];
  /** How many tweets were owed to readers and were not on the pages that they got. */
  holes?: number;
  /**
   * For an experiment that must fail: whether the counts show exactly the harm that the missing safety net prevents.
   * Without this function everything has to be in order.
   */
  mustFind?(counted: Counted): boolean;
};

/** What people read of an experiment, as its own file says it. */
type OwnInfo = Omit<ExperimentInfo, 'file' | 'mustFail' | 'place' | 'brokers' | 'dials'>;

/** One experiment on the running system: what people read, and what it does. */
export type Experiment = {
  info: OwnInfo;
  /** Posts, breaks and heals. The checker comes afterwards, the same for all. */
  run(stage: RunStage): Promise<Outcome>;
};

/** One experiment on a stage of its own, because it takes a safety net away or needs a link that can be cut. */
export type StageExperiment = {
  info: OwnInfo & {
    brokers: [BrokerName, ...BrokerName[]];
    /** What people may set before a run. */
    dials?: Dial[];
  };
  /** How its stage differs from the usual one. */
  needs?: StageNeeds;
  /** How its stage differs because of what the dials are set to. */
  dialled?(dials: Dials): StageNeeds;
  /** The file of the experiment, where several share one. */
  file?: string;
  /** True when the checker has to find something. */
  mustFail?: true;
  /**
   * Posts as people do, through `run`, and breaks the stage. What is still broken is healed before the checker comes.
   */
  run(run: RunStage, stage: BreakableStage): Promise<Outcome>;
};

/** Every broker, the usual one first. */
export const ALL_BROKERS: [BrokerName, ...BrokerName[]] = [...BROKERS];

/** Whether nothing is wrong with what was counted. */
export const isInOrder = ({
  accepted,
  delivered,
  missing,
  twice,
  holes,
  findings,
}: Omit<Counted, 'cold'>): boolean =>
  delivered === accepted && missing + twice + holes + findings.length === 0;

/** The three answers of most experiments, and the one that the counts give. */
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
