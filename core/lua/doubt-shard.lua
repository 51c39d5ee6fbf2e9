--[[
Takes back what is known of a restored shard's age, as long as the repair that found it so is in force: it has lost more
than can be pushed again, and is to be emptied.

KEYS[1]  clock   KEYS[2]  settling   KEYS[3]  place of the repair
ARGV[1]  token that tick.lua left

Returns  "unknown" · "over": another worker repairs the shard or has repaired it, or the store was emptied or restored.

Safe to repeat. Whoever dies behind it leaves a shard without a clock, which the next repair empties.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local repair = string.gsub(server, ' ', ' ' .. ARGV[1] .. ' ')
if redis.call('GET', KEYS[2]) ~= repair then return 'over' end
redis.call('DEL', KEYS[1], KEYS[3])
return 'unknown'
