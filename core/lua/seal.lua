--[[
Declares a shard complete, in this server process and until it loses something again: a new epoch.

KEYS[1]  epoch   KEYS[2]  clock   KEYS[3]  settling
ARGV[1]  the time by Postgres' clock, read before the repair   ARGV[2]  token that tick.lua left

Returns  "sealed" · "changed": the store was emptied or restored during the repair, or another worker repairs it; the
         next tick begins again.

Safe to repeat.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local epoch = string.gsub(server, ' ', ' ' .. ARGV[2] .. ' ')
if redis.call('GET', KEYS[3]) ~= epoch then return 'changed' end
redis.call('SET', KEYS[1], epoch)
redis.call('SET', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
return 'sealed'
