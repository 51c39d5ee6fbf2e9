import type { PrismaClient } from '#prisma/client/client.ts';
import type { UserSelect } from '#prisma/client/models.ts';

/** A person, as others see them. `role` is what a demo account stands for, null for everybody else. */
export type Account = {
  id: number;
  handle: string;
  name: string;
  bio: string;
  followerCount: number;
  followingCount: number;
  role: string | null;
};

const SHOWN = {
  id: true,
  handle: true,
  name: true,
  bio: true,
  followerCount: true,
  followingCount: true,
  role: true,
} satisfies UserSelect;

/** What a handle looks like. */
export const HANDLE = /^[a-z0-9_]{3,15}$/;

/** Ids up to this one are reserved for demo accounts. */
const LAST_DEMO_ID = 100;

/** The demo accounts, by id. */
export const listDemoAccounts = (prisma: PrismaClient): Promise<Account[]> =>
  prisma.user.findMany({
    // They have the first ids: without the bound this would look through a million rows.
    where: { id: { lte: LAST_DEMO_ID }, role: { not: null } },
    select: SHOWN,
    orderBy: { id: 'asc' },
  });

/** An account by its handle, or null. A handle with a NUL or half of a surrogate pair is not looked for: none has them. */
export async function findAccount(prisma: PrismaClient, handle: string): Promise<Account | null> {
  if (handle.includes('\0') || !handle.isWellFormed()) return null;
  return prisma.user.findUnique({ where: { handle }, select: SHOWN });
}

/** Whether one account follows another. */
export async function isFollowing(
  prisma: PrismaClient,
  followerId: number,
  followeeId: number,
): Promise<boolean> {
  const edge = await prisma.follow.findUnique({
    where: { followeeId_followerId: { followeeId, followerId } },
    select: { followeeId: true },
  });
  return edge !== null;
}
