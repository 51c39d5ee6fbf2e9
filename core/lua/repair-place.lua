--[[
Notes how far a repair has got, and says how far the ones before it got.

KEYS[1]  settling   KEYS[2]  place
ARGV[1]  token that tick.lua left   ARGV[2]  the place to note, "" to ask only   ARGV[3]  ms for which it is known

Returns  { "on", place }: what lies before the place was pushed into this store, in this server process; "" when no place
         is known · { "over" }: another worker repairs the shard, or the store was emptied or restored meanwhile.

Safe to repeat. A place that a restored store remembers was noted in another server process, and does not count.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
if redis.call('GET', KEYS[1]) ~= string.gsub(server, ' ', ' ' .. ARGV[1] .. ' ') then return { 'over' } end
local id = string.gsub(server, ' ', '')
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], id .. ' ' .. ARGV[2], 'PX', ARGV[3]) end
local of, place = string.match(redis.call('GET', KEYS[2]) or '', '^(%w+) (.+)$')
return { 'on', of == id and place or '' }
