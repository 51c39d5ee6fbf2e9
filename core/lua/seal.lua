--[[
Declares a shard complete, in this server process and until it loses something again: a new epoch.

KEYS[1]  epoch   KEYS[2]  clock   KEYS[3]  settling   KEYS[4]  what the shard remembers of the ledger
ARGV[1]  the time by Postgres' clock, read before the repair   ARGV[2]  token that tick.lua left
ARGV[3]  the ledger's token   ARGV[4]  its beat   ARGV[5]  the newest id that it had drawn, all read with that time

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
redis.call('SET', KEYS[4], ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
redis.call('DEL', KEYS[3])
return 'sealed'
