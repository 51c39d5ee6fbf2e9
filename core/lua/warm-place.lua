--[[
Reads how far the warming of a shard is, or moves it on.

KEYS[1]  epoch   KEYS[2]  how far it is
ARGV[1]  how far it is now, "" to look only   ARGV[2]  the epoch, and ARGV[3]  how far it was, at the look before

Returns  { "unsettled" }: the store has lost something that is not repaired yet (see epoch.ts), so nothing can be warmed ·
         { "at", epoch, how far, "" for the beginning } · { "moved" } · { "changed" }: the timelines were lost since that
         look, or another worker has moved on. What was warmed since then may be gone, and counts for nothing.

Safe to repeat.
]]
local info = redis.call('INFO', 'server', 'replication')
local server = string.match(info, 'run_id:(%w+)') .. ' ' .. string.match(info, 'master_replid:(%w+)')
local epoch, place = redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]) or ''
if (string.gsub(epoch, ' .* ', ' ')) ~= server then return { 'unsettled' } end
if ARGV[1] == '' then return { 'at', epoch, place } end
if epoch ~= ARGV[2] or place ~= ARGV[3] then return { 'changed' } end
redis.call('SET', KEYS[2], ARGV[1])
return { 'moved' }
