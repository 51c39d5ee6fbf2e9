--[[
Removes timelines of unknown age, while the repair that found them is in force.

KEYS[1]  clock   KEYS[2]  settling   KEYS[3…]  timelines
ARGV[1]  token that tick.lua left

Returns  "forgotten" · "over": another worker repairs the shard or has repaired it, the store was emptied or restored, or
         somebody has started the clock and fills the shard; nothing is removed, the next tick begins again.

Safe to repeat. The check and the removal are one step. Otherwise a worker that was frozen between the two would remove
timelines that were rebuilt, and pushed onto, after another repair.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local repair = string.gsub(server, ' ', ' ' .. ARGV[1] .. ' ')
if redis.call('GET', KEYS[2]) ~= repair or redis.call('EXISTS', KEYS[1]) == 1 then return 'over' end
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 'forgotten'
