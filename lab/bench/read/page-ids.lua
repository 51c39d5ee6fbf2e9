--[[
The least that a page of home asks of the timeline store: is it to be trusted, and the newest entries of one timeline.

KEYS[1]  timeline   KEYS[2]  epoch (see core/timelines/epoch.ts)   ARGV[1]  entries

Returns  "unsettled", or the entries; an empty list for a timeline that is cold.

A script of the bench's own, so that the limit stays the same when core/lua/read.lua changes. Reads only.
]]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if string.match(redis.call('GET', KEYS[2]) or '', '^%w+') ~= run_id then return 'unsettled' end
return redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
