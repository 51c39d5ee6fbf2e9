--[[
Makes timelines that are thrown away: each holds its floor marker alone, as one of somebody to whom nothing was pushed yet.

KEYS[1]  any key of their shard
ARGV[1]  prefix of their keys   ARGV[2]  seconds that each lives   ARGV[3]  user ids, eight hexadecimal digits each

Returns  "made".

Safe to repeat: one that is there is made anew. They end by themselves, also when whoever made them is killed.
]]
local prefix, lives, ids = ARGV[1], ARGV[2], ARGV[3]
local call, sub = redis.call, string.sub
for i = 1, #ids, 8 do
  local key = prefix .. sub(ids, i, i + 7)
  call('UNLINK', key)
  call('RPUSH', key, '-0')
  call('EXPIRE', key, lives)
end
return 'made'
