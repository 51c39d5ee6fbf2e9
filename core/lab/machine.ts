import { availableParallelism, cpus, totalmem } from 'node:os';

/** The machine that this process runs on. Figures mean nothing without it. */
export type Host = { cpu: string; cores: number; memoryGb: number; platform: string; node: string };

/** Asks the system. */
export const describeHost = (): Host => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.versions.node,
});
