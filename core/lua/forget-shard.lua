--[[
Removes what a shard remembers of another ledger. Nobody reads the shard then, and the next repair removes what is in it.

KEYS[1]  what the shard remembers of the ledger   KEYS[2]  epoch   KEYS[3]  clock
ARGV[1]  what it was found to remember

Returns  "forgotten" · "changed": it remembers something else by now, and stays.

Safe to repeat.
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'changed' end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 'forgotten'
