--[[
Removes the receipts of the first batch of those that leave, if it has waited for long enough.

KEYS[1]  list of those that leave   KEYS[2]  what the shard remembers of the ledger
KEYS[3]  beat up to which receipts may be gone
ARGV[1]  prefix of the receipts' keys   ARGV[2]  seconds that a batch waits, by this store's clock

Returns  how many receipts it removed; 0 when there is no batch, or it has to wait.

Safe to repeat. A batch was seen as finished at its beat. From now on, pushes whose followers were read up to that beat
are refused. Two beats later the shard's clock is above the end of each of these fan-outs, so no repair pushes them
again. A beat, and every commit before it, is on disk before the shard hears of it.
]]
local header = redis.call('LINDEX', KEYS[1], 0)
if not header then return 0 end
local beat, since, count = string.match(header, '^(%d+) (%d+) (%d+)$')
local known = string.match(redis.call('GET', KEYS[2]) or '', '^%S+ (%d+)')
if not known or tonumber(known) < tonumber(beat) + 2 then return 0 end
if tonumber(redis.call('TIME')[1]) < tonumber(since) + tonumber(ARGV[2]) then return 0 end

local ids = redis.call('LRANGE', KEYS[1], 1, count)
for n, id in ipairs(ids) do ids[n] = ARGV[1] .. id end
redis.call('UNLINK', unpack(ids)) -- first: a store that is full refuses a script whose first write takes memory
redis.call('LTRIM', KEYS[1], #ids + 1, -1)
if tonumber(beat) > tonumber(redis.call('GET', KEYS[3]) or -1) then redis.call('SET', KEYS[3], beat) end
return #ids
