--[[
Delivers one tweet to the timelines of one chunk, once.

KEYS[1]  receipt hash of the tweet in this shard: field = chunk number, value = "delivered cold"
KEYS[2]  epoch
KEYS[3]  list of the tweets that have a receipt   KEYS[4]  beat up to which receipts may be gone
KEYS[5]  settling
ARGV[1]  chunk number
ARGV[2]  prefix of the timelines' keys; a timeline's key is the prefix and the follower's digits (same {shard})
ARGV[3]  tweet id
ARGV[4]  entries that a timeline keeps
ARGV[5]  follower ids, eight hexadecimal digits each
ARGV[6]  epoch in which these ids were read, "" for the push of a repair; it must be that of this very server process
ARGV[7]  beat of the ledger, at or before they were read   ARGV[8]  token of the repair, "" for the push of a worker

Returns  { "delivered" | "receipt", delivered, cold }: "receipt" when this chunk was delivered before, with the
         counts of that time · { "over", 0, 0 }: the epoch is over (see epoch.ts), or the receipt may have been removed
         (see sweep-receipts.ts), or the repair is over: ask the ledger again.

Safe to repeat: pushes and receipt are one atomic step, and when the receipt is there nothing changes. There is one
exception: a key with a timeline's name that is not a list, which nothing here makes. It ends the script half-way,
without a receipt. The ids pushed before it are then pushed twice, and shown once.

It pushes only onto timelines that exist (LPUSHX). One that does not exist is cold, and is rebuilt when its owner reads.

A timeline is a list of integers, newest push first. Its last element is the floor marker, which is minus the floor. It
says "complete for all ids above the floor". The order of pushes is not the order of ids, so trimming looks at all that
it drops: the largest of these ids is the new floor. The slack makes this happen at one push in 80.
A timeline that is being rebuilt is removed instead: the rebuild knows nothing of what trimming would drop, and gives up.
]]
local chunk, prefix, tweet = ARGV[1], ARGV[2], ARGV[3]
local cap, ids = tonumber(ARGV[4]), ARGV[5]
local SLACK = 80
local REBUILDING = '-9007199254740991' -- floor marker above every id, as begin-rebuild.lua sets it

local info = redis.call('INFO', 'server', 'replication') -- 5 µs
local run, replication = string.match(info, 'run_id:(%w+)'), string.match(info, 'master_replid:(%w+)')
if ARGV[6] ~= '' then
  if redis.call('GET', KEYS[2]) ~= ARGV[6] then return { 'over', 0, 0 } end
  if string.gsub(ARGV[6], ' .* ', ' ') ~= run .. ' ' .. replication then return { 'over', 0, 0 } end
  if tonumber(ARGV[7]) <= tonumber(redis.call('GET', KEYS[4]) or -1) then return { 'over', 0, 0 } end
elseif ARGV[8] ~= '' then
  local repair = run .. ' ' .. ARGV[8] .. ' ' .. replication
  if redis.call('GET', KEYS[5]) ~= repair then return { 'over', 0, 0 } end
end

local receipt = redis.call('HGET', KEYS[1], chunk)
if receipt then
  local delivered, cold = string.match(receipt, '^(%d+) (%d+)$')
  return { 'receipt', tonumber(delivered), tonumber(cold) }
end

-- False when the timeline is cold now.
local function trim(key)
  local dropped = redis.call('LRANGE', key, cap, -1)
  if dropped[#dropped] == REBUILDING then
    redis.call('DEL', key)
    return false
  end
  dropped[#dropped] = -dropped[#dropped] -- the floor so far
  local floor = math.max(unpack(dropped))
  redis.call('LTRIM', key, 0, cap - 1)
  redis.call('RPUSH', key, string.format('-%.0f', floor))
  return true
end

local call, sub = redis.call, string.sub
local longest = cap + SLACK + 1
local delivered, cold = 0, 0
for i = 1, #ids, 8 do
  local key = prefix .. sub(ids, i, i + 7)
  local length = call('LPUSHX', key, tweet)
  if length == 0 or (length > longest and not trim(key)) then
    cold = cold + 1
  else
    delivered = delivered + 1
  end
end

call('HSET', KEYS[1], chunk, delivered .. ' ' .. cold)
-- A tweet goes on the list once: with its first chunk, or when its receipt has the expiry of the version before.
if call('HLEN', KEYS[1]) == 1 or call('PERSIST', KEYS[1]) == 1 then call('RPUSH', KEYS[3], tweet) end
return { 'delivered', delivered, cold }
