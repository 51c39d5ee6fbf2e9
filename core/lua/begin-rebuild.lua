--[[
Begins the rebuild of one cold timeline: creates it with the marker of a floor above every id. From now on pushes land
in it, and nothing of it is shown yet.

KEYS[1]  timeline   KEYS[2]  rebuild lock   KEYS[3]  epoch
ARGV[1]  token of this rebuild   ARGV[2]  milliseconds after which another may begin   ARGV[3]  floor above all ids

Returns  "begun" · "warm": it is complete already · "elsewhere": another rebuild holds the lock · "unsettled": the
         store has lost something that is not repaired yet (see epoch.ts).

Safe to repeat: a rebuild that died leaves a timeline with that marker, which counts as cold here.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
if (string.gsub(redis.call('GET', KEYS[3]) or '', ' .* ', ' ')) ~= server then return 'unsettled' end
local last = redis.call('LINDEX', KEYS[1], -1)
if last and last ~= '-' .. ARGV[3] then return 'warm' end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 'elsewhere' end
if not last then redis.call('RPUSH', KEYS[1], '-' .. ARGV[3]) end
return 'begun'
