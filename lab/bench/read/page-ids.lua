--[[
The least that a page of home asks of the timeline store: whether it may be trusted, and the newest entries of a timeline.

KEYS[1]  timeline   KEYS[2]  epoch (see core/timelines/epoch.ts)   ARGV[1]  entries

Returns  "unsettled", or the entries; an empty list for a timeline that is cold.

The bench has a script of its own, so that the limit stays the same when core/lua/read.lua changes. It only reads.
]]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if string.match(redis.call('GET', KEYS[2]) or '', '^%w+') ~= run_id then return 'unsettled' end
return redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
