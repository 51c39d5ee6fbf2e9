--[[
Forgets the age of a restored shard that has lost more than can be pushed again, so that it is emptied. Does so only
while the repair that found this out is in force.

KEYS[1]  clock   KEYS[2]  settling   KEYS[3]  place of the repair
ARGV[1]  token that tick.lua left

Returns  "unknown" · "over": another worker repairs the shard or has repaired it, or the store was emptied or restored.

Safe to repeat. A worker that dies after it leaves a shard without a clock, which the next repair empties.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local repair = string.gsub(server, ' ', ' ' .. ARGV[1] .. ' ')
if redis.call('GET', KEYS[2]) ~= repair then return 'over' end
redis.call('DEL', KEYS[1], KEYS[3])
return 'unknown'
