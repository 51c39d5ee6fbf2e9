--[[
Removes the timelines that make-apart.lua has made.

KEYS[1]  any key of their shard
ARGV[1]  prefix of their keys   ARGV[2]  user ids, eight hexadecimal digits each

Returns  "removed". Safe to repeat.
]]
local prefix, ids = ARGV[1], ARGV[2]
local call, sub = redis.call, string.sub
for i = 1, #ids, 8 do call('UNLINK', prefix .. sub(ids, i, i + 7)) end
return 'removed'
