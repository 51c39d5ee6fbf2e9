--[[
Makes timelines that are thrown away. Each holds only its floor marker, as if nothing had been pushed onto it yet.

KEYS[1]  any key of their shard
ARGV[1]  prefix of their keys   ARGV[2]  seconds that each lives   ARGV[3]  user ids, eight hexadecimal digits each

Returns  "made".

Safe to repeat: a timeline that exists is made anew. They expire, so they also go when their maker is killed.
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
